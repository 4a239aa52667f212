import type { SpendingLimit } from '../../../schemas/row-recipe.ts'
import type { Spent, TokenUsage } from '../../../schemas/outcomes.ts'
import type { ModelEndpoint } from '../../ports/models.ts'
import { RunStopped } from './run-stopped.ts'

/** Money is counted in units of 10^-12, so that sums are exact. */
const PER_UNIT = 1_000_000_000_000n
const PER_MILLION = 1_000_000n

export interface Reservation {
  /** The call was answered and costs this. */
  settle(usage: TokenUsage): void
  /** There was no answer. */
  release(): void
}

/** What a run has paid, with a limit that no call may pass. */
export interface Spending {
  /** Throws RunStopped when the call could pass the limit; `most` is the most that it can use. */
  reserve(price: ModelEndpoint['price'], most: TokenUsage): Reservation
  /** Counts what this run paid before it was interrupted. */
  recall(price: ModelEndpoint['price'], usage: TokenUsage): void
  spent(): Spent
}

export function createSpending(limit: SpendingLimit | undefined): Spending {
  const paid = { calls: 0, inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, money: 0n }
  const reserved = { tokens: 0, money: 0n }
  let currency: string | undefined
  const most = limit?.money === undefined ? undefined : scaled(limit.money)
  const refuseBeyond = (tokens: number, money: bigint) => {
    const allTokens = paid.inputTokens + paid.outputTokens + reserved.tokens + tokens
    const tooMany = limit?.tokens !== undefined && allTokens > limit.tokens
    const tooDear = most !== undefined && paid.money + reserved.money + money > most
    if (!tooMany && !tooDear) return
    const what = tooMany ? `${limit.tokens} tokens` : `${limit?.money} ${currency ?? ''}`.trimEnd()
    throw new RunStopped(
      `the spending limit of the recipe (${what}) allows no further call`,
      'Rows that were accepted are kept. Resume with a higher limit: tanemaki run resume RUN --limit-tokens or --limit-money.',
    )
  }
  const pay = (price: ModelEndpoint['price'], usage: TokenUsage) => {
    paid.calls += 1
    paid.inputTokens += usage.inputTokens
    paid.cachedInputTokens += usage.cachedInputTokens
    paid.outputTokens += usage.outputTokens
    paid.money += costOf(price, usage)
    currency = price?.currency ?? currency
  }
  return {
    reserve: (price, usage) => {
      const tokens = usage.inputTokens + usage.outputTokens
      const money = costOf(price, usage)
      refuseBeyond(tokens, money)
      reserved.tokens += tokens
      reserved.money += money
      const release = () => {
        reserved.tokens -= tokens
        reserved.money -= money
      }
      return {
        release,
        settle: (used) => {
          release()
          pay(price, used)
        },
      }
    },
    recall: pay,
    spent: () => {
      const { calls, inputTokens, cachedInputTokens, outputTokens } = paid
      const counted = { calls, tokens: { inputTokens, cachedInputTokens, outputTokens } }
      return currency === undefined ? counted : { ...counted, money: decimal(paid.money), currency }
    },
  }
}

function costOf(price: ModelEndpoint['price'], usage: TokenUsage): bigint {
  if (price === undefined) return 0n
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const fresh = BigInt(usage.inputTokens - cached) * scaled(price.input)
  const reused = BigInt(cached) * scaled(price.cachedInput ?? price.input)
  return (fresh + reused + BigInt(usage.outputTokens) * scaled(price.output)) / PER_MILLION
}

function scaled(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole) * PER_UNIT + BigInt(fraction.slice(0, 12).padEnd(12, '0'))
}

function decimal(amount: bigint): string {
  const text = (amount / PER_UNIT).toString()
  const fraction = (amount % PER_UNIT).toString().padStart(12, '0').replace(/0+$/, '')
  return fraction === '' ? text : `${text}.${fraction}`
}
