import { isStrictEd25519Key, type VerifyEd25519, verifyEd25519 } from '../canonical/ed25519.ts'
import { concatBytes, equalBytes, fromBase64, sha256, toBase64, toHex, utf8 } from '../canonical/hash.ts'

/** Signature type of c2sp.org/signed-note: Ed25519 over the note's text. */
const ED25519 = 0x01
const SIGNATURE_LINE = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/
const MAX_SIGNATURES = 64

/** A key that signs notes: name (no white space, no `+`) and Ed25519 public key (32 bytes). */
export interface NoteKey {
  readonly name: string
  readonly publicKey: Uint8Array
}

/** Signed note split into its parts; nothing is verified yet. */
export interface SignedNote {
  /** Ends with a newline. */
  readonly text: string
  readonly signatures: readonly {
    readonly name: string
    readonly keyHash: Uint8Array
    readonly signature: Uint8Array
  }[]
}

/** First four bytes of SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key). */
export function noteKeyHash({ name, publicKey }: NoteKey): Uint8Array {
  return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4)
}

/** Verifier key `<name>+<hash>+<base64>`. Throws RangeError when the name or key cannot be one. */
export function formatVkey(key: NoteKey): string {
  if (!isNoteName(key.name) || !isStrictEd25519Key(key.publicKey)) throw new RangeError('not a note key')
  const encoded = toBase64(concatBytes(Uint8Array.of(ED25519), key.publicKey))
  return `${key.name}+${toHex(noteKeyHash(key))}+${encoded}`
}

/** Reads an Ed25519 verifier key; undefined for anything malformed, of another type, or with a weak key. */
export function parseVkey(vkey: string): NoteKey | undefined {
  const parts = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(vkey)
  const [, name, hash, encoded] = parts ?? []
  if (name === undefined || hash === undefined || encoded === undefined || !isNoteName(name)) return undefined
  const bytes = fromBase64(encoded)
  if (bytes === undefined || bytes.length !== 33 || bytes[0] !== ED25519) return undefined
  const key = { name, publicKey: bytes.slice(1) }
  return toHex(noteKeyHash(key)) === hash && isStrictEd25519Key(key.publicKey) ? key : undefined
}

/** The note over `text` (ends with a newline, no empty last line) with the Ed25519 signature that `sign` makes over its bytes. */
export async function signNote(
  text: string,
  key: NoteKey,
  sign: (message: Uint8Array) => Promise<Uint8Array> | Uint8Array,
): Promise<string> {
  if (!isNoteText(text)) throw new RangeError('not the text of a note')
  const signature = await sign(utf8(text))
  return `${text}\n— ${key.name} ${toBase64(concatBytes(noteKeyHash(key), signature))}\n`
}

/** Splits a note at its last empty line; undefined when it is malformed (c2sp.org/signed-note, "Format"). */
export function parseNote(note: string): SignedNote | undefined {
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) return undefined
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  if (!isNoteText(text) || lines.length > MAX_SIGNATURES) return undefined
  const signatures = lines.map(parseSignatureLine)
  return signatures.every((signature) => signature !== undefined) ? { text, signatures } : undefined
}

function parseSignatureLine(line: string) {
  const [, name, encoded] = SIGNATURE_LINE.exec(line) ?? []
  const bytes = encoded === undefined ? undefined : fromBase64(encoded)
  if (name === undefined || bytes === undefined || bytes.length < 5) return undefined
  return { name, keyHash: bytes.slice(0, 4), signature: bytes.slice(4) }
}

/**
 * Text of a note that the given key signed; undefined when it is malformed, lacks a signature of the key, or has one that is
 * bad. Lines of unknown keys are ignored.
 */
export function openNote(note: string, key: NoteKey, verify: VerifyEd25519 = verifyEd25519): string | undefined {
  const parsed = parseNote(note)
  if (parsed === undefined) return undefined
  const hash = noteKeyHash(key)
  const own = parsed.signatures.filter(({ name, keyHash }) => name === key.name && equalBytes(keyHash, hash))
  const message = utf8(parsed.text)
  const good = own.every(({ signature }) => verify(key.publicKey, message, signature))
  return own.length > 0 && good ? parsed.text : undefined
}

function isNoteName(name: string): boolean {
  return name.length > 0 && !/[\s+]/u.test(name) && name.isWellFormed()
}

function isNoteText(text: string): boolean {
  const control = Array.from(text).some((char) => char !== '\n' && (char.codePointAt(0) ?? 0) < 0x20)
  return text.endsWith('\n') && text.isWellFormed() && !control
}
