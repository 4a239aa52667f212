/** When the faults are over, how long until everything must have come to rest. */
export const REST_WITHIN_MS = 30 * 60_000
