import type { OpenUpload, Sink } from '../../schemas/pushes.ts'

/** One file on its way to a sink; its bytes can be read again and again. */
export interface SinkFile {
  readonly name: string
  readonly mediaType: string
  readonly size: number
  /** SHA-256 of the whole file, lower-case hexadecimal. */
  readonly sha256: string
  /** Bytes [start, end) in order; `start` is a multiple of the part size or 0. Throws to end the upload. */
  read(range: FileRange): AsyncIterable<Uint8Array>
  /** SHA-256 of a range, lower-case hexadecimal. */
  digest(range: FileRange): Promise<string>
}

export interface FileRange {
  readonly start: number
  readonly end: number
}

export interface PutOptions {
  /** How far an earlier try got, as `keep` was told. */
  readonly open?: OpenUpload
  /** Called after every acknowledged part, before the next one is sent. */
  keep(open: OpenUpload): Promise<void>
  readonly signal: AbortSignal
}

/** Storage of a partner that files are brought to. Throws HttpFailure where it cannot be reached or is silent. */
export interface PushSink {
  /**
   * Resolves when the storage has acknowledged the whole file. Throws SinkRefusal, SinkBusy, and whatever `file.read` and the
   * signal throw. Putting a file again replaces it.
   */
  put(file: SinkFile, options: PutOptions): Promise<void>
  /** Lets the storage forget an upload that was begun and will not be ended. */
  abandon(name: string, open: OpenUpload): Promise<void>
}

export type OpenSink = (sink: Sink) => PushSink

/** The storage does not take the file, and will not when asked again. */
export class SinkRefusal extends Error {
  readonly status: number
  /** A word of the storage about it. */
  readonly reason: string | undefined
  constructor(status: number, reason?: string) {
    super(`the storage answered ${status}${reason === undefined ? '' : ` ${reason}`}`)
    this.name = 'SinkRefusal'
    this.status = status
    this.reason = reason
  }
}

/** The storage does not take the file now. */
export class SinkBusy extends Error {
  readonly status: number
  constructor(status: number) {
    super(`the storage answered ${status}`)
    this.name = 'SinkBusy'
    this.status = status
  }
}
