/** A file of this node with the leaf list of its signed chunk tree. */
export interface ChunkedFile {
  /** On this machine's disk. */
  readonly path: string
  readonly size: number
  /** Bytes per chunk, a power of two. */
  readonly chunk: number
  /** Checked leaf list, 32 bytes per chunk. */
  readonly leaves: Uint8Array
}

/** Bytes [start, end); both are boundaries of chunks, or the end of the file. */
export interface ChunkedRange {
  readonly start: number
  readonly end: number
}

/** Reads the node's own files and gives out no byte that is not the signed one; `read` and `digest` throw WrongChunk. */
export interface ChunkReader {
  /** The leaf list that lies beside a file, not checked yet. */
  leaves(path: string): Promise<Uint8Array>
  /** Chunk by chunk, in order. */
  read(file: ChunkedFile, range: ChunkedRange): AsyncIterable<Uint8Array>
  /** SHA-256 of the range in lower-case hexadecimal. */
  digest(file: ChunkedFile, range: ChunkedRange): Promise<string>
}

/** The bytes on the disk are not the ones that were signed. `chunk` is the 0-based index of the first wrong one. */
export class WrongChunk extends Error {
  readonly chunk: number
  constructor(chunk: number) {
    super(`chunk ${chunk} on the disk is not the signed one`)
    this.name = 'WrongChunk'
    this.chunk = chunk
  }
}
