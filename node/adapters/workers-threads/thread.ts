import { Worker } from 'node:worker_threads'
import type { WorkerOptions } from '../../ports/workers.ts'
import { type ErrorMessage, errorFromMessage } from './error-message.ts'

export interface Order {
  readonly task: string
  readonly input: unknown
}

export type Message =
  | { readonly kind: 'progress'; readonly progress: unknown }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: ErrorMessage }

interface Running {
  readonly order: Order
  readonly onProgress: ((progress: unknown) => void) | undefined
  readonly settle: (outcome: { readonly result: unknown } | { readonly error: Error }) => void
}

/** One thread, which runs one task at a time. It ends with the first task that fails or is stopped; without one it holds up no exit. */
export class Thread {
  readonly #worker: Worker
  #running: Running | undefined
  #ended = false

  constructor(file: URL) {
    this.#worker = new Worker(file)
    this.#worker.on('message', (message: Message) => this.#hear(message))
    this.#worker.on('error', (error: Error) => this.#endBy(error))
    this.#worker.on('exit', (code) => {
      this.#endBy(new Error(`the worker for ${this.#running?.order.task ?? 'no task'} ended with code ${code}`))
    })
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Not to be called again before it settles. */
  run(order: Order, { signal, onProgress }: WorkerOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const stop = () => this.#endBy(abortReason(signal))
      this.#running = {
        order,
        onProgress,
        settle: (outcome) => {
          signal?.removeEventListener('abort', stop)
          this.#running = undefined
          this.#worker.unref()
          if ('error' in outcome) reject(outcome.error)
          else resolve(outcome.result)
        },
      }
      signal?.addEventListener('abort', stop, { once: true })
      this.#worker.ref()
      this.#worker.postMessage(order, [])
    })
  }

  end(): void {
    this.#ended = true
    void this.#worker.terminate()
  }

  #hear(message: Message): void {
    switch (message.kind) {
      case 'progress':
        this.#running?.onProgress?.(message.progress)
        return
      case 'result':
        this.#running?.settle({ result: message.result })
        return
      case 'error':
        this.#endBy(errorFromMessage(message.error))
    }
  }

  #endBy(error: Error): void {
    this.end()
    this.#running?.settle({ error })
  }
}

export function abortReason(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('cancelled')
}
