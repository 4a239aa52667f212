import * as z from 'zod'
import { ChunkSize } from '../../../../schemas/datasets.ts'
import type { HashedFile } from '../../../ports/hash-task.ts'
import { hashFile } from '../../tabular/hash-file.ts'

const Input = z.object({ path: z.string(), chunk: ChunkSize, flat: z.boolean() })

/** Worker task `hash`: digests of a file on this machine's disk. Progress: bytes read since the last. */
export function runHash(input: unknown, onProgress: (progress: unknown) => void): HashedFile {
  const { path, chunk, flat } = Input.parse(input)
  return hashFile(path, { chunk, flat, onProgress: (bytes) => onProgress({ bytes }) })
}
