import type { ExchangePair, Side } from './exchange-pair.ts'
import { type Target, finalStates } from './kill-plan.ts'
import type { Machine } from './state-watch.ts'

const settleMs = 60_000

export const pause = (ms = 0) =>
  new Promise<void>((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)))

export function check(condition: boolean, claim: string): void {
  if (!condition) throw new Error(`broken: ${claim}`)
}

/** SIGKILL now, then wait for the end. Counts the state that the store holds afterwards. */
export async function killAt(pair: ExchangePair, target: Target, found: () => string | undefined): Promise<string> {
  const side = pair[target.side]
  process.kill(side.node.pid, 'SIGKILL')
  await side.node.kill()
  return found() ?? 'none'
}

export async function until<Value>(claim: string, read: () => Value | undefined): Promise<Value> {
  for (const started = performance.now(); performance.now() - started < settleMs; await pause(5)) {
    const value = read()
    if (value !== undefined) return value
  }
  throw new Error(`did not happen within ${settleMs / 1000} s: ${claim}`)
}

function finalOf(side: Side, machine: Machine, id: string): string | undefined {
  const state = side.watch.state(machine, id)
  return state !== undefined && finalStates[machine].has(state) ? state : undefined
}

export async function bothFinal(pair: ExchangePair, machine: Machine, id: string): Promise<string> {
  const consumer = await until(`${machine} ${id} is final at the consumer`, () => finalOf(pair.consumer, machine, id))
  const provider = await until(`${machine} ${id} is final at the provider`, () => finalOf(pair.provider, machine, id))
  check(consumer === provider, `${machine} ${id} ends alike (consumer ${consumer}, provider ${provider})`)
  return consumer
}
