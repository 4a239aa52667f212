/** What of a file is sent. `unsatisfiable`: the asked bytes are not there (RFC 9110 §15.5.17). */
export type ServedRange =
  | { readonly kind: 'whole'; readonly start: 0; readonly end: number }
  | { readonly kind: 'part'; readonly start: number; readonly end: number }
  | { readonly kind: 'unsatisfiable' }

/**
 * Reads a Range header for a file of `size` bytes (RFC 9110 §14.2). One range of bytes is honoured; several ranges, other units
 * and malformed headers give the whole file, as the RFC allows.
 */
export function servedRange(header: string | undefined, size: number): ServedRange {
  const whole = { kind: 'whole', start: 0, end: size } as const
  const match = header === undefined ? null : /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header.trim())
  if (match === null) return whole
  const [, first, last, suffix] = match
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), size)
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', start: size - length, end: size }
  }
  const start = Number(first)
  const end = last === undefined || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start >= size) return { kind: 'unsatisfiable' }
  return end <= start ? whole : { kind: 'part', start, end }
}
