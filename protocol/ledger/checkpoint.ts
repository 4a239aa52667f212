import { Checkpoint } from '../../schemas/ledger.ts'
import { type VerifyEd25519, verifyEd25519 } from '../canonical/ed25519.ts'
import { fromBase64, fromHex, toBase64, toHex } from '../canonical/hash.ts'
import { type NoteKey, openNote, parseNote } from './signed-note.ts'

/** Text of a checkpoint (c2sp.org/tlog-checkpoint): origin, size, base64 root, one per line. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(fromHex(root))}\n`
}

/** Reads a checkpoint's text; extension lines are allowed and not kept. undefined when malformed. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [origin, sizeText, rootText, ...rest] = text.split('\n')
  if (sizeText === undefined || rootText === undefined || !/^(0|[1-9][0-9]{0,15})$/.test(sizeText)) return undefined
  if (rest.at(-1) !== '' || rest.slice(0, -1).includes('')) return undefined
  const root = fromBase64(rootText)
  if (root === undefined || root.length !== 32) return undefined
  const parsed = Checkpoint.safeParse({ origin, size: Number(sizeText), root: toHex(root) })
  return parsed.success ? parsed.data : undefined
}

/** What a signed checkpoint says, without verifying it; undefined when malformed. */
export function readCheckpoint(note: string): Checkpoint | undefined {
  const parsed = parseNote(note)
  return parsed === undefined ? undefined : parseCheckpoint(parsed.text)
}

/** A checkpoint that the log's key signed, its origin being the key's name; undefined otherwise. */
export function openCheckpoint(
  note: string,
  key: NoteKey,
  verify: VerifyEd25519 = verifyEd25519,
): Checkpoint | undefined {
  const text = openNote(note, key, verify)
  const checkpoint = text === undefined ? undefined : parseCheckpoint(text)
  return checkpoint?.origin === key.name ? checkpoint : undefined
}
