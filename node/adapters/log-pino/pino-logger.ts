import { pino } from 'pino'
import type { LogFields, Logger } from '../../telemetry/logger.ts'

export type LogLevel = 'error' | 'warn' | 'info' | 'silent'

/** One JSON object a line on standard error. */
export function createPinoLogger(level: LogLevel, name: string): Logger {
  const log = pino({ level, base: { node: name }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
  const write = (method: 'info' | 'warn' | 'error') => (event: string, fields?: LogFields) =>
    log[method]({ ...fields, event })
  return { info: write('info'), warn: write('warn'), error: write('error') }
}
