import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { threadWorkers } from '../../node/adapters/workers-threads/thread-workers.ts'
import type { PullTask } from '../../node/ports/pull-task.ts'
import type { Workers } from '../../node/ports/workers.ts'
import { CopyRecord, PullProgress } from '../../schemas/copies.ts'
import { createNetwork } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { publishTable } from '../network/published-table.ts'

/** Real workers; while `full` holds, pulled files lie on a device without space. */
function fillableDisk() {
  const state = { full: true, tries: 0 }
  const workers: Workers = {
    run: (task, input, options) => {
      if (task !== 'pull' || !state.full) return threadWorkers.run(task, input, options)
      state.tries += 1
      return threadWorkers.run(task, { ...(input as PullTask), partialPath: '/dev/full' }, options)
    },
  }
  return { state, workers }
}

describe('a disk that is full in the middle of a pull', () => {
  it.skipIf(!existsSync('/dev/full'))('loses nothing, is said, and the pull goes on once there is space', async () => {
    const { state, workers } = fillableDisk()
    await using network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384' },
      overrides: { workers },
    })
    await joinAll(network)
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    const dataset = await publishTable(bureau, { name: 'table', rows: 4000 })
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    const started = await lab.api.post('/copies', { agreement: agreement?.['@id'] }, CopyRecord)
    const progress: PullProgress[] = []
    const copy = await lab.api.follow(
      `/copies/${started.id}/follow`,
      {},
      {
        schema: CopyRecord,
        onProgress: (line) => {
          const latest = PullProgress.parse(line)
          progress.push(latest)
          if (latest.waiting === 'disk-space') state.full = false
        },
      },
    )
    expect(progress.some(({ waiting }) => waiting === 'disk-space')).toBe(true)
    expect(state.tries).toBe(1)
    expect(copy).toMatchObject({ state: 'complete', records: 4000 })
    const { path } = await lab.api.get(`/copies/${copy.id}`, z.object({ path: z.string() }))
    expect(readFileSync(join(path, dataset.resources[0]?.name ?? '')).length).toBe(dataset.size)
  })
})
