import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { builtWorkers } from '../built.ts'
import type { PullTask, PullTaskResult } from '../../node/ports/pull-task.ts'
import type { Workers } from '../../node/ports/workers.ts'
import { CopyRecord, PullProgress } from '../../schemas/copies.ts'
import { createNetwork } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { publishTable } from '../network/published-table.ts'

/**
 * Real workers on a disk that fills up: the first try is ended after some chunks, the second writes to a device without
 * space, and the tries after that find space again once `full` is taken back.
 */
function fillingDisk() {
  const state = { full: true, tries: 0, verified: 0 }
  const workers: Workers = {
    run: async (task, input, options) => {
      if (task !== 'pull' || !state.full) return builtWorkers.run(task, input, options)
      state.tries += 1
      if (state.tries === 1) return (await untilSomeChunks(input as PullTask, options)) as never
      return builtWorkers.run(task, { ...(input as PullTask), partialPath: '/dev/full' }, options)
    },
  }
  const untilSomeChunks: (input: PullTask, options: WorkerOptions) => Promise<PullTaskResult> = async (
    input,
    options,
  ) => {
    const stop = new AbortController()
    const onProgress = (progress: unknown) => {
      options?.onProgress?.(progress)
      state.verified = z.object({ verified: z.number() }).parse(progress).verified
      if (state.verified > 0) stop.abort()
    }
    const ended = builtWorkers.run('pull', input, { ...options, signal: stop.signal, onProgress })
    await ended.catch(() => {})
    return { kind: 'interrupted', reason: 'stopped', verified: state.verified, received: state.verified }
  }
  return { state, workers }
}
type WorkerOptions = Parameters<Workers['run']>[2]

describe('a disk that is full in the middle of a pull', () => {
  const possible = existsSync('/dev/full')
  if (!possible) console.info('skipped: this system has no /dev/full')
  it.skipIf(!possible)('loses nothing, is said, and the pull goes on once there is space', async () => {
    const { state, workers } = fillingDisk()
    await using network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384', transferBytesPerSecond: '300000', drainSeconds: '0.1' },
      overrides: { workers },
    })
    await joinAll(network)
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publishTable(bureau, { name: 'table', rows: 4000 })
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    const started = await lab.api.post('/copies', { agreement: agreement?.['@id'] }, CopyRecord)
    const waits = new Set<string | undefined>()
    let receivedAfter = 0
    const onProgress = (line: unknown) => {
      const { waiting, received } = PullProgress.parse(line)
      waits.add(waiting)
      if (waiting === 'disk-space') state.full = false
      if (!state.full) receivedAfter = Math.max(receivedAfter, received)
    }
    const copy = await lab.api.follow(`/copies/${started.id}/follow`, {}, { schema: CopyRecord, onProgress })
    expect(waits).toContain('disk-space')
    expect(state.tries).toBe(2)
    expect(copy).toMatchObject({ state: 'complete', records: 4000 })
    expect(state.verified).toBeGreaterThan(0)
    expect(receivedAfter).toBeLessThanOrEqual(dataset.size - state.verified)
    const { path } = await lab.api.get(`/copies/${copy.id}`, z.object({ path: z.string() }))
    const bytes = readFileSync(join(path, dataset.resources[0]?.name ?? ''))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(dataset.resources[0]?.digest.sha256)
  })
})
