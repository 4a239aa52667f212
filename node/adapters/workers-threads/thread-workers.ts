import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { WorkerOptions, Workers } from '../../ports/workers.ts'
import { type ErrorMessage, errorFromMessage } from './error-message.ts'

type Message =
  | { readonly kind: 'progress'; readonly progress: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: ErrorMessage }

function workerFile(): URL {
  const bundled = new URL('./worker.js', import.meta.url)
  return existsSync(fileURLToPath(bundled)) ? bundled : new URL('./worker-main.ts', import.meta.url)
}

/** One thread per task, which starts with `file`; the operating system shares the cores out. */
export function createThreadWorkers(file: URL): Workers {
  return { run: (task, input, options) => runInThread(file, { task, input }, options) }
}

export const threadWorkers: Workers = createThreadWorkers(workerFile())

function runInThread<Result>(
  file: URL,
  order: { task: string; input: unknown },
  { signal, onProgress }: WorkerOptions = {},
): Promise<Result> {
  return new Promise<Result>((resolve, reject) => {
    if (signal?.aborted === true) return reject(abortReason(signal))
    const worker = new Worker(file, { workerData: order })
    const stop = () => {
      void worker.terminate()
      reject(abortReason(signal))
    }
    const finish = (settle: () => void) => {
      signal?.removeEventListener('abort', stop)
      settle()
      void worker.terminate()
    }
    signal?.addEventListener('abort', stop, { once: true })
    worker.on('message', (message: Message) => {
      switch (message.kind) {
        case 'progress':
          onProgress?.(message.progress)
          return
        case 'result':
          finish(() => resolve(message.result as Result))
          return
        case 'error':
          finish(() => reject(errorFromMessage(message.error)))
      }
    })
    worker.once('error', (error) => finish(() => reject(error)))
    worker.once('exit', (code) =>
      finish(() => reject(new Error(`the worker for ${order.task} ended with code ${code}`))),
    )
  })
}

function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('cancelled')
}
