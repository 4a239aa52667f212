import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { InProcessQueue } from '../adapters/queue-in-process/in-process-queue.ts'
import { writeEffects } from '../adapters/sqlite/commit.ts'
import { createJobStore } from '../adapters/sqlite/job-store.ts'
import { type Database, openDatabase } from '../adapters/sqlite/open.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandom } from '../adapters/system/system-random.ts'
import { createManagementApp } from '../app.ts'
import { silentLogger } from '../telemetry/logger.ts'
import { jobsRoutes } from './jobs-routes.ts'

describe('work that was given up', () => {
  let db: Database
  let queue: InProcessQueue
  let partnerAnswers = false
  beforeEach(() => {
    db = openDatabase(':memory:')
    queue = new InProcessQueue({
      store: createJobStore(db),
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
    })
    queue.register({
      queue: 'negotiation-advance',
      deadlineMs: 0,
      run: async () => (partnerAnswers ? { kind: 'done' } : { kind: 'retry', error: 'peer-unreachable' }),
    })
  })
  afterEach(async () => {
    await queue.stop(100)
    db.close()
  })

  it('is seen by the operator without what it carries, and done again when she says so', async () => {
    const app = createManagementApp({ routes: [jobsRoutes(queue)], log: silentLogger, managementKey: 'key' })
    const ask = async (path: string, method = 'GET') => {
      const response = await app.request(`/api${path}`, { method, headers: { authorization: 'Bearer key' } })
      return { status: response.status, body: (await response.json()) as { jobs: { id: string }[] } }
    }
    const job = { queue: 'negotiation-advance', key: 'urn:uuid:n', payload: { secret: 'canary' } }
    await db.transaction(() => writeEffects(db, { effects: { jobs: [job] }, now: Date.now() }))
    queue.start()
    await queue.settle()
    const { body } = await ask('/jobs/dead')
    expect(body.jobs).toMatchObject([
      { queue: 'negotiation-advance', key: 'urn:uuid:n', error: 'peer-unreachable', attempts: 1 },
    ])
    expect(JSON.stringify(body)).not.toContain('canary')
    partnerAnswers = true
    const [dead] = body.jobs
    expect((await ask(`/jobs/dead/${dead?.id}/retry`, 'POST')).status).toBe(200)
    await queue.settle()
    expect((await ask('/jobs/dead')).body.jobs).toEqual([])
    expect(await ask(`/jobs/dead/${dead?.id}/retry`, 'POST')).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    })
  })
})
