import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { WorkerOptions, Workers } from '../../ports/workers.ts'
import { abortReason, Thread } from './thread.ts'

/** A thread that had no task for so long ends and gives its memory back. */
const REST_MS = 5000

function workerFile(): URL {
  const bundled = new URL('./worker.js', import.meta.url)
  return existsSync(fileURLToPath(bundled)) ? bundled : new URL('./worker-main.ts', import.meta.url)
}

/**
 * Threads that start with `file`, as many as there are tasks; the operating system shares the cores out. One that gave its result
 * rests for a moment and takes the next task: to start a thread costs more than many tasks do.
 */
export function createThreadWorkers(file: URL): Workers {
  const resting = new Map<Thread, NodeJS.Timeout>()
  const wake = (): Thread | undefined => {
    for (const [thread, timer] of resting) {
      clearTimeout(timer)
      resting.delete(thread)
      if (!thread.ended) return thread
    }
    return undefined
  }
  const rest = (thread: Thread) => {
    const end = () => {
      resting.delete(thread)
      thread.end()
    }
    resting.set(thread, setTimeout(end, REST_MS).unref())
  }
  return {
    run: async <Result>(task: string, input: unknown, options: WorkerOptions = {}) => {
      if (options.signal?.aborted === true) throw abortReason(options.signal)
      const thread = wake() ?? new Thread(file)
      const result = await thread.run({ task, input }, options)
      rest(thread)
      return result as Result
    },
  }
}

export const threadWorkers: Workers = createThreadWorkers(workerFile())
