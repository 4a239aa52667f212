import type { Writable } from 'node:stream'

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

/** sent: all of it. stopped: mayContinue said no. closed: the receiver went away. */
export type SendOutcome = 'sent' | 'stopped' | 'closed'

/** Sends files to sockets with few copies and constant memory. Never ends `out`. */
export interface FileSender {
  send(part: FilePart, out: Writable): Promise<SendOutcome>
}
