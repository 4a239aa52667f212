/** How long faults are made, in ms of virtual time. */
export const FAULTS_LAST_MS = 90_000
/** After that, how long until everything must have come to rest. */
export const REST_WITHIN_MS = 30 * 60_000
