import { SeededStream } from '../protocol/generation/seeded-stream.ts'
import type { RandomBytes } from '../protocol/generation/synthesis-types.ts'

/** Uniform bytes that are the same in every run of a test. */
export function seededBytes(seed: number): RandomBytes {
  const stream = new SeededStream(new Uint8Array(32).fill(seed))
  return (length) => {
    const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => stream.word())
    return new Uint8Array(words.buffer).slice(0, length)
  }
}
