import type { TokenUsage } from '../../../schemas/outcomes.ts'

/** Money per million tokens, as decimals. */
export interface TokenPrice {
  readonly input: string
  /** Absent: as `input`. */
  readonly cachedInput?: string
  readonly output: string
  readonly currency: string
}

/** Money is counted in units of 10^-12, so that sums are exact. */
const PER_UNIT = 1_000_000_000_000n
const PER_MILLION = 1_000_000n

/** What a call costs, in units of 10^-12 of the currency, rounded down; nothing without a price. */
export function costOf(price: TokenPrice | undefined, usage: TokenUsage): bigint {
  if (price === undefined) return 0n
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens)
  const fresh = BigInt(usage.inputTokens - cached) * moneyUnits(price.input)
  const reused = BigInt(cached) * moneyUnits(price.cachedInput ?? price.input)
  return (fresh + reused + BigInt(usage.outputTokens) * moneyUnits(price.output)) / PER_MILLION
}

/** Units of 10^-12 of a decimal amount; further digits are left out. */
export function moneyUnits(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole) * PER_UNIT + BigInt(fraction.slice(0, 12).padEnd(12, '0'))
}

/** Inverse of moneyUnits, without zeros at the end. */
export function moneyText(units: bigint): string {
  const text = (units / PER_UNIT).toString()
  const fraction = (units % PER_UNIT).toString().padStart(12, '0').replace(/0+$/, '')
  return fraction === '' ? text : `${text}.${fraction}`
}
