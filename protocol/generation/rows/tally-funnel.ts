import type { Call, Outcome, TokenUsage } from '../../../schemas/outcomes.ts'
import type { DrawnParameter, RunReport } from '../../../schemas/run-report.ts'

/** Counts candidates by what became of them. */
export class FunnelTally {
  candidates = 0
  accepted = 0
  readonly #rejected = new Map<string, { reason: string; column: string | undefined; candidates: number }>()

  add({ verdict, reason = 'accept', column }: Outcome): void {
    this.candidates += 1
    if (verdict === 'accepted') {
      this.accepted += 1
      return
    }
    const key = `${reason}\u0000${column ?? ''}`
    const known = this.#rejected.get(key)
    if (known === undefined) this.#rejected.set(key, { reason, column, candidates: 1 })
    else known.candidates += 1
  }

  /** `yield` is 0 before the first candidate. */
  result(): RunReport['funnel'] {
    return {
      candidates: this.candidates,
      accepted: this.accepted,
      yield: this.candidates === 0 ? 0 : this.accepted / this.candidates,
      rejected: [...this.#rejected.values()]
        .map(({ column, ...each }) => (column === undefined ? each : { ...each, column }))
        .toSorted((a, b) => b.candidates - a.candidates || (a.reason < b.reason ? -1 : 1)),
    }
  }
}

interface ColumnCalls {
  calls: number
  again: number
  readonly tokens: TokenUsage
  readonly served: Map<string, number>
}

/** Adds up what the answers took that outcomes rest on. */
export class CallTally {
  readonly #columns = new Map<string, ColumnCalls>()

  add(calls: readonly Call[]): void {
    for (const { column, attempt, usage, servedModel } of calls) {
      const known = this.#columns.get(column) ?? { calls: 0, again: 0, tokens: noTokens(), served: new Map() }
      this.#columns.set(column, known)
      known.calls += 1
      if (attempt > 0) known.again += 1
      addUsage(known.tokens, usage)
      known.served.set(servedModel, (known.served.get(servedModel) ?? 0) + 1)
    }
  }

  columns(): RunReport['cost']['columns'] {
    return [...this.#columns].map(([column, { served, ...each }]) => ({
      column,
      ...each,
      served: [...served].map(([model, calls]) => ({ model, calls })).toSorted((a, b) => b.calls - a.calls),
    }))
  }
}

export function noTokens(): TokenUsage {
  return { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
}

export function addUsage(to: TokenUsage, usage: TokenUsage): void {
  to.inputTokens += usage.inputTokens
  to.cachedInputTokens += usage.cachedInputTokens
  to.outputTokens += usage.outputTokens
}

interface Drawn {
  calls: number
  sum: number
  min: number
  max: number
  accepted: number
  acceptedSum: number
}

/** Values of model parameters that were drawn: whether accepted rows prefer some shows which are worth drawing. */
export class ParameterTally {
  readonly #drawn = new Map<string, Drawn>()

  add({ verdict, calls }: Outcome): void {
    for (const { column, attempt, temperature, topP } of calls) {
      if (attempt > 0) continue
      this.#take(`${column}\u0000temperature`, temperature, verdict === 'accepted')
      this.#take(`${column}\u0000topP`, topP, verdict === 'accepted')
    }
  }

  /** Those that are not always the same. */
  result(): DrawnParameter[] {
    return [...this.#drawn].flatMap(([key, { calls, sum, min, max, accepted, acceptedSum }]) => {
      const [column = '', parameter] = key.split('\u0000')
      if (min === max || (parameter !== 'temperature' && parameter !== 'topP')) return []
      const acceptedMean = accepted === 0 ? {} : { acceptedMean: acceptedSum / accepted }
      return [{ column, parameter, calls, min, mean: sum / calls, max, ...acceptedMean }]
    })
  }

  #take(key: string, value: number | undefined, isAccepted: boolean): void {
    if (value === undefined) return
    const known = this.#drawn.get(key) ?? { calls: 0, sum: 0, min: value, max: value, accepted: 0, acceptedSum: 0 }
    this.#drawn.set(key, known)
    known.calls += 1
    known.sum += value
    known.min = Math.min(known.min, value)
    known.max = Math.max(known.max, value)
    if (!isAccepted) return
    known.accepted += 1
    known.acceptedSum += value
  }
}
