import type { ConnectTarget } from './pull-task.ts'

/** Input of the worker task `fetch`: one file that no manifest describes, as far as it is not on disk yet. */
export interface FetchTask {
  readonly target: ConnectTarget
  /** Complete value of the Authorization header. */
  readonly authorization: string
  /** A longer file is refused. */
  readonly mostBytes: number
  /** Local path of the file being filled. */
  readonly partialPath: string
  /** Local path of what is remembered of the answer that fills it. */
  readonly memoryPath: string
  /** Without any byte for this long the connection is given up. */
  readonly idleMs: number
}

/** Progress of the worker task `fetch`, several times a second. */
export interface FetchTaskProgress {
  /** Bytes of the file that are on disk, those of earlier tries included. */
  readonly have: number
  /** Bytes received by this task. */
  readonly received: number
  /** Length of the file, where the server says it. */
  readonly total?: number
}

/** complete: as long as the server said, and durable. The rest say why not; what can be gone on with stays. */
export type FetchTaskResult = FetchTaskProgress &
  (
    | { readonly kind: 'complete'; readonly mediaType?: string }
    /** The server does not take the token (any more). */
    | { readonly kind: 'access-refused'; readonly status: number }
    /** Connection lost, server busy, another file than before: worth another try. */
    | { readonly kind: 'interrupted'; readonly reason: string }
    /** The answer is not one that can be kept. */
    | { readonly kind: 'bad-answer'; readonly reason: string }
    | { readonly kind: 'too-large' }
    | { readonly kind: 'disk-full' }
  )
