/** Fields of a log line: identifiers, counts, codes and durations. Never payloads, tokens or seed content. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Structured log; `event` is noun-verb, for example `negotiation-finalized`. */
export interface Logger {
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** Discards everything; for offline commands and tests. */
export const silentLogger: Logger = { info: () => {}, warn: () => {}, error: () => {} }

/** What an error may say in a log: its name and code, and its message when the program wrote the message itself. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: 'unknown' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return { error: error.name, ...(code === undefined ? {} : { code }) }
}
