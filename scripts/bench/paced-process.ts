import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { PacedInput, PacedReport } from './paced-endpoint.ts'

/** A running paced endpoint; disposing it ends its process. */
export interface PacedEndpoint extends AsyncDisposable {
  /** Base URL for an entry of endpoints.json; its model is `paced`. */
  readonly url: string
  /** Begins to measure anew, perhaps at another pace. */
  reset(options?: PacedInput): Promise<void>
  /** Busy share of the time between two moments in ms since the reset; default: all of it. */
  report(between?: { readonly from: number; readonly to: number }): Promise<PacedReport>
}

export async function startPacedEndpoint(options: PacedInput = {}): Promise<PacedEndpoint> {
  const script = fileURLToPath(new URL('./paced-endpoint.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    once(child, 'exit').then(() => {
      throw new Error('the paced endpoint ended before it listened')
    }),
  ])) as [string]
  const origin = `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}`
  return {
    url: `${origin}/v1`,
    reset: async (next) => {
      const body = next === undefined ? {} : { body: JSON.stringify(next) }
      const answer = await fetch(`${origin}/control/reset`, { method: 'POST', ...body })
      if (!answer.ok) throw new Error('the paced endpoint did not take the options')
    },
    report: async (between) => {
      const query = between === undefined ? '' : `?from=${between.from}&to=${between.to}`
      return (await (await fetch(`${origin}/control/report${query}`)).json()) as PacedReport
    },
    [Symbol.asyncDispose]: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}
