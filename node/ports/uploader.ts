import type { HttpResponse } from './http-client.ts'

/**
 * Guarded HTTP for bodies of any size, sent to addresses that others chose: the same addresses as HttpClient, no redirects,
 * constant memory. Both the silence of the other side and the whole exchange are bounded.
 */
export interface Uploader {
  /**
   * Resolves with the answer, which may come before the body is sent; the first 64 KiB of it are kept. Throws HttpFailure (address refused,
   * connection failed, no progress in time), the signal's reason when it aborts, and whatever `body.pieces` throws.
   */
  send(upload: Upload): Promise<HttpResponse>
}

export interface Upload {
  readonly method: 'PUT' | 'POST' | 'DELETE' | 'HEAD'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: UploadBody
  /** Without any byte taken or given by the other side for this long, it is given up. */
  readonly idleMs: number
  /** The whole exchange. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface UploadBody {
  /** Bytes in all; what `pieces` gives must be exactly so many. */
  readonly size: number
  /** The body from its beginning; called again when it has to be sent again within one exchange. */
  pieces(): AsyncIterable<Uint8Array>
}
