/** Number of chunks of a file of `size` bytes. */
export function chunkCount(size: number, chunk: number): number {
  return Math.ceil(size / chunk)
}

/** Bytes [start, end) of chunk `index`. Throws RangeError when the file has no such chunk. */
export function chunkRange(index: number, size: number, chunk: number): { start: number; end: number } {
  if (!Number.isSafeInteger(index) || index < 0 || index >= chunkCount(size, chunk))
    throw new RangeError('no such chunk')
  return { start: index * chunk, end: Math.min((index + 1) * chunk, size) }
}
