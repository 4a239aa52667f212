/** Where a worker connects: an address that the guard against private targets has checked (never resolved again). */
export interface ConnectTarget {
  readonly address: string
  readonly family: number
  readonly port: number
  readonly tls: boolean
  /** Host name for the certificate and the Host header. */
  readonly host: string
  /** Path and query. */
  readonly path: string
}

/** Input of the worker task `pull`: one file of a dataset, as far as it is not on disk yet. */
export interface PullTask {
  readonly target: ConnectTarget
  /** Complete value of the Authorization header. */
  readonly authorization: string
  /** Checked leaf list: 32 bytes per chunk. */
  readonly leaves: Uint8Array
  readonly size: number
  readonly chunk: number
  /** Local path of the file being filled. */
  readonly partialPath: string
  /** Local path of the record of chunks that are verified and written. */
  readonly journalPath: string
  /** Without any byte for this long the connection is given up. */
  readonly idleMs: number
}

/** Progress of the worker task `pull`, several times a second. */
export interface PullTaskProgress {
  /** Bytes of this file that are verified and written, those of earlier tries included. */
  readonly verified: number
  /** Bytes of this file received by this task. */
  readonly received: number
}

/** complete: every chunk is verified and durable. The rest say why not; what was verified stays. */
export type PullTaskResult = PullTaskProgress &
  (
    | { readonly kind: 'complete' }
    /** The leaf hash that was signed, and the plain digest of the bytes that came instead. */
    | {
        readonly kind: 'wrong-bytes'
        readonly chunk: number
        readonly expectedLeaf: string
        readonly receivedSha256: string
      }
    /** The server does not take the token (any more). */
    | { readonly kind: 'access-refused'; readonly status: number }
    /** Connection lost, server busy: worth another try. */
    | { readonly kind: 'interrupted'; readonly reason: string }
    /** The answer is not one that a range request may have. */
    | { readonly kind: 'bad-answer'; readonly reason: string }
    | { readonly kind: 'disk-full' }
  )
