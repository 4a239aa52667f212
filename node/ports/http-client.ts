/**
 * Guarded HTTP for everything sent to addresses that others chose. HTTPS only, except hosts that the development switch allows;
 * no private, loopback or link-local address (checked at connect), no redirects, bounded time and size.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  /** Refuses a longer answer, counted as it came and as it is unpacked. Default 1 MiB. */
  readonly maxBytes?: number
  /** Takes an answer that is packed with gzip, and unpacks it. Default false. */
  readonly acceptGzip?: boolean
  /** Default 5,000 ms for the whole exchange. */
  readonly timeoutMs?: number
}

export interface HttpResponse {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

/** No answer: address refused by the guard, connection failed, time or size exceeded. `blocked` when the guard refused it. */
export class HttpFailure extends Error {
  readonly blocked: boolean
  constructor(message: string, options?: { blocked?: boolean; cause?: unknown }) {
    super(message, { cause: options?.cause })
    this.name = 'HttpFailure'
    this.blocked = options?.blocked ?? false
  }
}
