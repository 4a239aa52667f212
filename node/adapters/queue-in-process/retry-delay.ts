/** Exponential delay with full jitter: between half and the whole of 100 ms · 2^(attempt−1), at most one minute. */
export function retryDelay(attempt: number, jitter: number): number {
  const ceiling = Math.min(60_000, 100 * 2 ** Math.min(attempt - 1, 20))
  return Math.round(ceiling / 2 + (ceiling / 2) * jitter)
}
