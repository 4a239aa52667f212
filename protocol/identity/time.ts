/** Tolerated difference between two clocks, ms (DCP leaves it open; conformance tests are off by 60 s). */
export const leewayMs = 5_000

/** Oldest accepted self-issued token, ms after `iat`. */
export const maxTokenAgeMs = 600_000

/** Lifetime of the tokens and presentations this program makes, ms. */
export const tokenLifetimeMs = 60_000

/** Milliseconds as a NumericDate (RFC 7519 §2): whole seconds. */
export function numericDate(ms: number): number {
  return Math.floor(ms / 1000)
}
