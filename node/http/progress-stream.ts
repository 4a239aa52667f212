import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { problemOfError } from './problem.ts'

/** Clients and proxies give up a connection that is silent for minutes; work can be. */
const BEAT_MS = 20_000

/**
 * Answers NDJSON: a line for every progress report, then `{"result": …}` or `{"problem": …}`. A closed connection aborts.
 * Empty lines keep the connection alive while there is nothing to report.
 */
export function streamProgress<Result>(
  c: Context,
  work: (onProgress: (progress: unknown) => void, signal: AbortSignal) => Promise<Result>,
  beatMs = BEAT_MS,
): Response {
  c.header('content-type', 'application/x-ndjson')
  return stream(c, async (out) => {
    const closed = new AbortController()
    out.onAbort(() => closed.abort(new Error('the caller went away')))
    const write = async (line: unknown) => {
      await out.write(`${JSON.stringify(line)}\n`)
    }
    const beat = setInterval(() => void out.write('\n'), beatMs)
    let last = Promise.resolve()
    const report = (progress: unknown) => {
      last = last.then(() => write({ progress }))
    }
    try {
      const result = await work(report, closed.signal)
      await last
      await write({ result })
    } catch (error) {
      await last
      await write({ problem: problemOfError(error) })
    } finally {
      clearInterval(beat)
    }
  })
}
