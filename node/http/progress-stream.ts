import type { Context } from 'hono'
import { stream } from 'hono/streaming'
import { problemOfError } from './problem.ts'

/** Answers NDJSON: a line for every progress report, then `{"result": …}` or `{"problem": …}`. A closed connection aborts. */
export function streamProgress<Result>(
  c: Context,
  work: (onProgress: (progress: unknown) => void, signal: AbortSignal) => Promise<Result>,
): Response {
  c.header('content-type', 'application/x-ndjson')
  return stream(c, async (out) => {
    const closed = new AbortController()
    out.onAbort(() => closed.abort(new Error('the caller went away')))
    const write = async (line: unknown) => {
      await out.write(`${JSON.stringify(line)}\n`)
    }
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
    }
  })
}
