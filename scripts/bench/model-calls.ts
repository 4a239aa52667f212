import { setTimeout as wait } from 'node:timers/promises'
import { openAnswerCache } from '../../node/adapters/answer-cache/answer-cache.ts'
import { createOpenaiEndpoint } from '../../node/adapters/model-openai/openai-models.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { Admission } from '../../node/generation/engine/admission.ts'
import { type ChatRequest, ModelFailure } from '../../node/ports/models.ts'
import { ModelEndpointEntry } from '../../schemas/models.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PacedEndpoint, startPacedEndpoint } from './paced-process.ts'

const rampMs = 10_000
const steadyMs = 15_000
const never = new AbortController().signal

const requestFor = (number: number): ChatRequest => ({
  model: 'paced',
  messages: [
    { role: 'system', content: 'You write questions about a statute. '.repeat(40) },
    { role: 'user', content: `Statute ${number % 450}. ${'Article text. '.repeat(60)} Persona ${number}.` },
  ],
  temperature: 0.7,
  topP: 0.95,
  maxTokens: 256,
  seed: number,
})

interface Figures {
  readonly busy: number
  readonly cpuSecondsPer1000Calls: number
}

/** Adapter, admission and answer cache without an engine: many rows of one call, for a ramp and a steady phase. */
async function measure(paced: PacedEndpoint, capacity: number): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-bench-'))
  const cache = await openAnswerCache(join(folder, 'answers.db'), { derive: async () => new Uint8Array(32) })
  const endpoint = createOpenaiEndpoint({ entry: ModelEndpointEntry.parse({ name: 'paced', url: paced.url }) })
  const admission = new Admission(systemClock, endpoint)
  const stop = new AbortController()
  let next = 0
  let answers = 0
  const row = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const number = next++
      const request = requestFor(number)
      const key = cache.keyOf({ kind: 'chat', request, server: endpoint.server, structuredOutput: 'prompted' })
      if ((await cache.get([key])).size > 0) continue
      const run = () => endpoint.chat(request, never)
      const answer = await admission.submit({
        priority: number,
        kind: 'text',
        expectedTokens: 1000,
        signal: never,
        run,
      })
      answers++
      await cache.put(['seeds'], key, { kind: 'chat', paidBy: 'bench', ...answer })
    }
  }
  await paced.reset()
  const rows = Array.from({ length: 4 * capacity }, () => row().catch(onlyFailures))
  await wait(rampMs)
  const [cpu, before] = [process.cpuUsage(), answers]
  await wait(steadyMs)
  const { user, system } = process.cpuUsage(cpu)
  const calls = answers - before
  const { busy } = await paced.report({ from: rampMs, to: rampMs + steadyMs })
  stop.abort()
  await Promise.all(rows)
  await cache.close()
  rmSync(folder, { recursive: true })
  return { busy, cpuSecondsPer1000Calls: (user + system) / 1e6 / (calls / 1000) }
}

function onlyFailures(error: unknown): void {
  if (!(error instanceof ModelFailure)) throw error
}

/** What a call costs this process and how busy an endpoint is kept, with everything between engine and endpoint. */
export async function run(): Promise<Record<string, unknown>> {
  const results: Record<string, number> = {}
  for (const beyond of ['queue', 'reject'] as const) {
    for (const tail of ['none', 'heavy'] as const) {
      for (const capacity of [8, 32, 128]) {
        const pace = { capacity, tail, beyond, ...(beyond === 'reject' ? { retryAfter: 0.5 } : {}) }
        await using paced = await startPacedEndpoint(pace)
        const { busy, cpuSecondsPer1000Calls } = await measure(paced, capacity)
        const name = `${beyond}.${tail}.${capacity}`
        results[`busy.${name}`] = busy
        results[`cpuSecondsPer1000Calls.${name}`] = cpuSecondsPer1000Calls
        console.log(
          `${name.padEnd(18)} busy ${busy.toFixed(3)}  ${cpuSecondsPer1000Calls.toFixed(3)} CPU seconds per 1,000 calls`,
        )
      }
    }
  }
  return results
}
