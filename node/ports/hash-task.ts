import type { ChunkTree } from '../../schemas/datasets.ts'

/** Input of the worker task `hash`. Its progress is `{ bytes }`: bytes read since the last. */
export interface HashTask {
  /** On this machine's disk. */
  readonly path: string
  /** Bytes per chunk. */
  readonly chunk: number
  /** Also compute the flat digest, which other tools compute. */
  readonly flat: boolean
}

/** Result of the worker task `hash`. */
export interface HashedFile {
  readonly size: number
  /** Lower-case hexadecimal; absent unless asked for. */
  readonly sha256: string | undefined
  readonly tree: ChunkTree
  /** 32 bytes per chunk. */
  readonly leaves: Uint8Array
}
