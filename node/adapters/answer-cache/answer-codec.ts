import * as z from 'zod'
import type { CachedAnswer } from '../../ports/answer-cache.ts'

const Count = z.int().min(0)
const Usage = z.strictObject({ inputTokens: Count, cachedInputTokens: Count, outputTokens: Count })
const Stored = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('chat'),
    paidBy: z.string(),
    text: z.string(),
    finish: z.enum(['stop', 'length', 'content-filter']),
    servedModel: z.string(),
    usage: Usage,
  }),
  z.strictObject({
    kind: z.literal('embedding'),
    paidBy: z.string(),
    vectors: z.array(z.base64()),
    servedModel: z.string(),
    usage: Usage,
  }),
])

export function encodeAnswer(answer: CachedAnswer): Uint8Array {
  const stored: z.infer<typeof Stored> =
    answer.kind === 'chat' ? answer : { ...answer, vectors: answer.vectors.map(bytesOf) }
  return Buffer.from(JSON.stringify(stored))
}

/** Throws when the bytes are no answer. */
export function decodeAnswer(bytes: Uint8Array): CachedAnswer {
  const stored = Stored.parse(JSON.parse(Buffer.from(bytes).toString()))
  return stored.kind === 'chat' ? stored : { ...stored, vectors: stored.vectors.map(vectorOf) }
}

/** Little-endian 32-bit floats, as every platform of Node has them in memory. */
function bytesOf(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}

function vectorOf(text: string): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'))
  return new Float32Array(bytes.buffer, 0, bytes.byteLength / 4)
}
