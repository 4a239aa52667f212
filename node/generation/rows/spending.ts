import { costOf, moneyText, moneyUnits } from '../../../protocol/generation/rows/money.ts'
import type { SpendingLimit } from '../../../schemas/row-recipe.ts'
import type { Spent, TokenUsage } from '../../../schemas/outcomes.ts'
import type { ModelEndpoint } from '../../ports/models.ts'
import { RunStopped } from './run-stopped.ts'

export interface Reservation {
  /** The call was answered and costs this. */
  settle(usage: TokenUsage): void
  /** There was no answer. */
  release(): void
}

type Price = ModelEndpoint['price']

/** What a run has paid, with a limit that no call may pass. */
export class Spending {
  readonly #limit: SpendingLimit
  readonly #paid = { calls: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, money: 0n }
  readonly #reserved = { tokens: 0, money: 0n }
  #currency: string | undefined
  /** Calls that wait for what others have reserved and may not use. */
  #waiting: (() => void)[] = []

  constructor(limit: SpendingLimit = {}) {
    this.#limit = limit
  }

  /**
   * Resolves when a call that uses at most `most` cannot pass the limit, whatever those under way use. Rejects RunStopped when it
   * could by what is paid already.
   */
  async reserve(price: Price, most: TokenUsage): Promise<Reservation> {
    const tokens = most.inputTokens + most.outputTokens
    const money = costOf(price, most)
    while (this.#passes(tokens + this.#reserved.tokens, money + this.#reserved.money)) {
      if (this.#passes(tokens, money)) throw this.#exhausted()
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#reserved.tokens += tokens
    this.#reserved.money += money
    return {
      release: () => this.#release(tokens, money),
      settle: (usage) => {
        this.recall(price, usage)
        this.#release(tokens, money)
      },
    }
  }

  /** Counts what this run has paid. */
  recall(price: Price, usage: TokenUsage): void {
    this.#paid.calls += 1
    this.#paid.inputTokens += usage.inputTokens
    this.#paid.cachedInputTokens += usage.cachedInputTokens
    this.#paid.outputTokens += usage.outputTokens
    this.#paid.money += costOf(price, usage)
    this.#currency = price?.currency ?? this.#currency
  }

  spent(): Spent {
    const { calls, inputTokens, cachedInputTokens, outputTokens, money } = this.#paid
    const counted = { calls, tokens: { inputTokens, cachedInputTokens, outputTokens } }
    return this.#currency === undefined ? counted : { ...counted, money: moneyText(money), currency: this.#currency }
  }

  #passes(tokens: number, money: bigint): boolean {
    const { tokens: mostTokens, money: mostMoney } = this.#limit
    const used = this.#paid.inputTokens + this.#paid.outputTokens
    if (mostTokens !== undefined && used + tokens > mostTokens) return true
    return mostMoney !== undefined && this.#paid.money + money > moneyUnits(mostMoney)
  }

  #release(tokens: number, money: bigint): void {
    this.#reserved.tokens -= tokens
    this.#reserved.money -= money
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  #exhausted(): RunStopped {
    const { tokens, money } = this.#limit
    const limits = [
      ...(tokens === undefined ? [] : [`${tokens} tokens`]),
      ...(money === undefined ? [] : [`${money} ${this.#currency ?? ''}`.trimEnd()]),
    ]
    return new RunStopped(
      `the spending limit of the recipe (${limits.join(', ')}) allows no further call`,
      'Rows that were accepted are kept. Resume with a higher limit: tanemaki run resume RUN --limit-tokens or --limit-money.',
    )
  }
}
