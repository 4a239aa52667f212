import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../telemetry/logger.ts'
import type { JobDraft, JobOutcome } from '../../ports/queue.ts'
import { writeEffects } from '../sqlite/commit.ts'
import { createJobStore } from '../sqlite/job-store.ts'
import { type Database, openDatabase } from '../sqlite/open.ts'
import { systemClock } from '../system/system-clock.ts'
import { systemRandom } from '../system/system-random.ts'
import { InProcessQueue } from './in-process-queue.ts'
import { retryDelay } from './retry-delay.ts'

describe('the in-process queue', () => {
  let db: Database
  let queue: InProcessQueue
  let ran: string[]
  let now: number

  const enqueue = (...jobs: JobDraft[]) => db.transaction(() => writeEffects(db, { effects: { jobs }, now }))
  const handle = (run: (payload: unknown, attempt: number) => Promise<JobOutcome>, queueName = 'send') =>
    queue.register({ queue: queueName, deadlineMs: 1000, run: (payload, { attempt }) => run(payload, attempt) })

  beforeEach(() => {
    db = openDatabase(':memory:')
    now = Date.now()
    ran = []
    queue = new InProcessQueue({
      store: createJobStore(db),
      clock: { now: () => now, after: (ms, run) => systemClock.after(ms, run) },
      random: systemRandom,
      log: silentLogger,
    })
  })
  afterEach(async () => {
    await queue.stop(100)
    db.close()
  })

  it('runs a job as soon as its commit is durable and forgets it when done', async () => {
    handle(async (payload) => {
      ran.push(String(payload))
      return { kind: 'done' }
    })
    queue.start()
    await enqueue({ queue: 'send', key: 'a', payload: 'one' })
    await queue.settle()
    expect(ran).toEqual(['one'])
    await queue.settle()
    expect(ran).toEqual(['one'])
  })

  it('keeps the order of one key while another key overtakes, also over a retry', async () => {
    handle(async (payload, attempt) => {
      ran.push(`${String(payload)}#${attempt}`)
      return payload === 'a1' && attempt === 1 ? { kind: 'retry', error: 'peer away', afterMs: 1 } : { kind: 'done' }
    })
    await enqueue(
      { queue: 'send', key: 'a', payload: 'a1' },
      { queue: 'send', key: 'a', payload: 'a2' },
      { queue: 'send', key: 'b', payload: 'b1' },
    )
    queue.start()
    await queue.settle()
    expect(ran).toEqual(['a1#1', 'b1#1'])
    now += 10
    await expect.poll(() => ran.length, { timeout: 2000 }).toBe(4)
    expect(ran.slice(2)).toEqual(['a1#2', 'a2#1'])
  })

  it('makes a dead letter of a job that cannot succeed before its deadline, and retries it on demand', async () => {
    let heal = false
    handle(async () => (heal ? { kind: 'done' } : { kind: 'retry', error: 'refused', afterMs: 0 }))
    await enqueue({ queue: 'send', key: 'a', payload: null })
    now += 2000
    queue.start()
    await queue.settle()
    const [letter] = await queue.deadLetters()
    expect(letter).toMatchObject({ queue: 'send', key: 'a', error: 'refused', attempts: 1 })
    heal = true
    expect(await queue.retry(letter?.id ?? '')).toBe(true)
    await queue.settle()
    expect(await queue.deadLetters()).toEqual([])
    expect(await queue.retry('999')).toBe(false)
  })

  it('takes a second job with the same dedupe value as the first again until it finished', async () => {
    handle(async (payload) => {
      ran.push(String(payload))
      return { kind: 'done' }
    })
    await enqueue(
      { queue: 'send', key: 'a', payload: 1, dedupe: 'x' },
      { queue: 'send', key: 'a', payload: 2, dedupe: 'x' },
    )
    queue.start()
    await queue.settle()
    await enqueue({ queue: 'send', key: 'a', payload: 3, dedupe: 'x' })
    await queue.settle()
    expect(ran).toEqual(['1', '3'])
  })

  it('finishes a running job when it stops and leaves the next one for the next start', async () => {
    let release = () => {}
    handle(async (payload) => {
      ran.push(String(payload))
      await new Promise<void>((resolve) => (release = resolve))
      return { kind: 'done' }
    })
    await enqueue({ queue: 'send', key: 'a', payload: 'first' }, { queue: 'send', key: 'a', payload: 'second' })
    queue.start()
    await expect.poll(() => ran).toEqual(['first'])
    const stopped = queue.stop(5000)
    release()
    await stopped
    expect(ran).toEqual(['first'])
    const remaining = createJobStore(db).due(now, new Set())
    expect(remaining.map((job) => job.payload)).toEqual(['second'])
  })

  it('neither runs a job again nor ends the process when the store does not take that it is done', async () => {
    const store = createJobStore(db)
    let failures = 2
    const done = (id: number) => {
      failures -= 1
      if (failures >= 0) throw new Error('disk full')
      store.done(id)
    }
    const clock = { now: () => now, after: (_: number, run: () => void) => systemClock.after(1, run) }
    await queue.stop(0)
    queue = new InProcessQueue({ store: { ...store, done }, clock, random: systemRandom, log: silentLogger })
    handle(async (payload) => {
      ran.push(String(payload))
      return { kind: 'done' }
    })
    queue.start()
    await enqueue({ queue: 'send', key: 'a', payload: 'one' }, { queue: 'send', key: 'a', payload: 'two' })
    await queue.settle()
    expect([failures, ran]).toEqual([-2, ['one', 'two']])
  })

  it('waits longer after each failed try, within a minute', () => {
    const delays = [1, 2, 3, 8, 30].map((attempt) => retryDelay(attempt, 1))
    expect(delays).toEqual([100, 200, 400, 12_800, 60_000])
    expect(retryDelay(1, 0)).toBe(50)
  })
})
