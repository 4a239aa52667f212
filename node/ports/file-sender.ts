/** Part of a file to be sent. */
export interface FilePart {
  /** On this machine's disk. */
  readonly path: string
  /** Bytes [start, end). */
  readonly start: number
  readonly end: number
  /** Bytes between two questions to `mayContinue`, at most 1 MiB. */
  readonly piece: number
  /** Asked before every piece leaves; false ends the sending there. */
  mayContinue(): Promise<boolean>
  /** Most bytes per second; absent: as fast as it goes. */
  readonly bytesPerSecond?: number
}

/** Where bytes go, for example the response of an HTTP server. */
export interface ByteSink {
  readonly destroyed: boolean
  /** `done` is called once the bytes are no longer needed here. */
  write(bytes: Uint8Array, done: (error?: Error | null) => void): boolean
  once(event: 'close', listener: () => void): unknown
  off(event: 'close', listener: () => void): unknown
}

/** sent: all of it. stopped: mayContinue said no. closed: the receiver went away. */
export type SendOutcome = 'sent' | 'stopped' | 'closed'

/** Sends files to sockets with few copies and constant memory. Never ends `out`. */
export interface FileSender {
  send(part: FilePart, out: ByteSink): Promise<SendOutcome>
}
