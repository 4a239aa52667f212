/**
 * Durable files. Paths are relative, `/`-separated, without `..`. A write is seen whole or not at all:
 * temporary file, fsync, rename, fsync of the folder.
 */
export interface Blobs {
  write(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ size: number }>
  /** Throws BlobMissing when nothing is stored there. */
  read(path: string): Promise<Uint8Array>
  /** Bytes [start, end) in pieces of at most 1 MiB. */
  stream(path: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>
  stat(path: string): Promise<{ size: number } | undefined>
  /** Paths of files under the folder, sorted by code unit. */
  list(folder: string): Promise<string[]>
  /** Removes a file or a whole folder; no error when absent. */
  remove(path: string): Promise<void>
  /** Moves a file or folder in one step; the target must not exist. */
  move(from: string, to: string): Promise<void>
  /** Path on this machine's disk, for worker threads and external readers. */
  localPath(path: string): string
}

export class BlobMissing extends Error {
  constructor(path: string) {
    super(`nothing stored at ${path}`)
    this.name = 'BlobMissing'
  }
}
