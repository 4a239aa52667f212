import { describe, expect, it } from 'vitest'
import { createThreadWorkers } from './thread-workers.ts'

/** Answers with the number of its thread, refuses, crashes or never answers. */
const program = `
  import { parentPort, threadId } from 'node:worker_threads'
  parentPort.on('message', ({ task }) => {
    if (task === 'fail') parentPort.postMessage({ kind: 'error', error: { name: 'RangeError', message: 'too far' } })
    if (task === 'crash') throw new TypeError('torn')
    if (task === 'leave') process.exit(7)
    if (task !== 'tell') return
    parentPort.postMessage({ kind: 'progress', progress: 'half' })
    parentPort.postMessage({ kind: 'result', result: threadId })
  })`
const tellThread = new URL(`data:text/javascript,${encodeURIComponent(program)}`)

const tell = (workers: ReturnType<typeof createThreadWorkers>) => workers.run<number>('tell', undefined)

describe('threads for heavy work', () => {
  it('take the next task after a result, and as many tasks at a time as are asked for', async () => {
    const workers = createThreadWorkers(tellThread)
    const first = await tell(workers)
    expect(await tell(workers)).toBe(first)
    const together = await Promise.all([tell(workers), tell(workers)])
    expect(together).toContain(first)
    expect(new Set(together).size).toBe(2)
  })

  it('tell their progress to the task that runs, and to no later one', async () => {
    const workers = createThreadWorkers(tellThread)
    const told: string[] = []
    for (const name of ['a', 'b']) {
      await workers.run('tell', undefined, { onProgress: (progress) => told.push(`${name} ${String(progress)}`) })
    }
    expect(told).toEqual(['a half', 'b half'])
  })

  it.each([
    ['fail', 'too far'],
    ['crash', 'torn'],
    ['leave', 'the worker for leave ended with code 7'],
  ])('end with a task that does %s, and the next one has a fresh thread', async (task, message) => {
    const workers = createThreadWorkers(tellThread)
    const first = await tell(workers)
    await expect(workers.run(task, undefined)).rejects.toThrow(message)
    expect(await tell(workers)).not.toBe(first)
  })

  it('end at once when their task is stopped, with the reason', async () => {
    const workers = createThreadWorkers(tellThread)
    const first = await tell(workers)
    const stop = new AbortController()
    const never = workers.run('never', undefined, { signal: stop.signal })
    stop.abort(new Error('no longer wanted'))
    await expect(never).rejects.toThrow('no longer wanted')
    await expect(workers.run('tell', undefined, { signal: stop.signal })).rejects.toThrow('no longer wanted')
    expect(await tell(workers)).not.toBe(first)
  })
})
