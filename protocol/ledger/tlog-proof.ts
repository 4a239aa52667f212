import { type VerifyEd25519, verifyEd25519 } from '../canonical/ed25519.ts'
import { fromBase64, fromHex, toBase64 } from '../canonical/hash.ts'
import { leafHash, verifyInclusion } from '../canonical/merkle.ts'
import { openCheckpoint } from './checkpoint.ts'
import type { NoteKey } from './signed-note.ts'
import type { Checkpoint } from '../../schemas/ledger.ts'

/** Offline inclusion proof of c2sp.org/tlog-proof. */
export interface TlogProof {
  readonly index: number
  /** 32 bytes each, from the leaf up. */
  readonly path: readonly Uint8Array[]
  /** Signed checkpoint, as served. */
  readonly checkpoint: string
}

const HEADER = 'c2sp.org/tlog-proof@v1'

export function formatTlogProof({ index, path, checkpoint }: TlogProof): string {
  return `${[HEADER, `index ${index}`, ...path.map(toBase64)].join('\n')}\n\n${checkpoint}`
}

/** Reads a proof; an `extra` line is allowed and not kept. undefined when malformed. */
export function parseTlogProof(text: string): TlogProof | undefined {
  const split = text.indexOf('\n\n')
  if (split < 0) return undefined
  const [header, ...lines] = text.slice(0, split).split('\n')
  if (lines[0]?.startsWith('extra ')) {
    if (fromBase64(lines[0].slice('extra '.length)) === undefined) return undefined
    lines.shift()
  }
  const [, index] = /^index (0|[1-9][0-9]{0,15})$/.exec(lines[0] ?? '') ?? []
  const path = lines.slice(1).map(fromBase64)
  if (header !== HEADER || index === undefined || path.length > 63) return undefined
  if (!path.every((hash) => hash?.length === 32)) return undefined
  return {
    index: Number(index),
    path: path.filter((hash) => hash !== undefined),
    checkpoint: text.slice(split + 2),
  }
}

/** The checkpoint under which the proof shows the entry in the log of this key; undefined when it shows nothing. */
export function verifyTlogProof(
  proof: TlogProof,
  claim: { readonly entry: Uint8Array; readonly key: NoteKey },
  verify: VerifyEd25519 = verifyEd25519,
): Checkpoint | undefined {
  const checkpoint = openCheckpoint(proof.checkpoint, claim.key, verify)
  if (checkpoint === undefined) return undefined
  const included = verifyInclusion({
    index: proof.index,
    size: checkpoint.size,
    leaf: leafHash(claim.entry),
    root: fromHex(checkpoint.root),
    proof: proof.path,
  })
  return included ? checkpoint : undefined
}
