import { Instant } from '../schemas/ids.ts'

/** Milliseconds since 1970 as an Instant. */
export function instantOf(ms: number): Instant {
  return Instant.parse(new Date(ms).toISOString())
}

/** Milliseconds since 1970 of an ISO 8601 date-time; NaN when it is none. */
export function millisOf(dateTime: string): number {
  return Date.parse(dateTime)
}
