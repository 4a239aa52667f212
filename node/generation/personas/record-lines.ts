import type { RowRecord } from '../../../schemas/row-recipe.ts'

const LINE_FEED = 10

/** Where each line of a batch begins, and the end behind the last. */
export function lineStarts(bytes: Uint8Array): Uint32Array {
  const starts: number[] = [0]
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) starts.push(at + 1)
  return Uint32Array.from(starts)
}

/** Bytes of one line without its line feed. */
export function lineBytes(bytes: Uint8Array, starts: Uint32Array, line: number): Uint8Array {
  return bytes.subarray(starts[line] ?? 0, (starts[line + 1] ?? 1) - 1)
}

const decoder = new TextDecoder()

/** The record of one line, which this node wrote. */
export function lineAt(bytes: Uint8Array, starts: Uint32Array, line: number): RowRecord {
  return JSON.parse(decoder.decode(lineBytes(bytes, starts, line))) as RowRecord
}
