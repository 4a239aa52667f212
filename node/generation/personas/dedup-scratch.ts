import { canonicalBytes } from '../../../protocol/canonical/jcs.ts'
import { sha256Hex } from '../../../protocol/canonical/hash.ts'
import { TEXT_NORMALISATION } from '../../../protocol/text/normalise.ts'
import type { PersonaDedup, PersonaPack } from '../../../schemas/personas.ts'
import type { Blobs } from '../../ports/blobs.ts'
import type { Keys } from '../../ports/keys.ts'

const FOLDER = 'personas-dedup'
const VERSION = 1

/**
 * Sealed intermediate results of one deduplication. They are found again by what they were made from, so a process that
 * died half-way is gone on with, and each piece is made once.
 */
export interface DedupScratch {
  /** The words kept under this name; made and kept when there are none yet. */
  words(name: string, make: () => Promise<Uint32Array>): Promise<Uint32Array>
  has(name: string): Promise<boolean>
  write(name: string, words: Uint32Array): Promise<void>
  read(name: string): Promise<Uint32Array>
  remove(): Promise<void>
}

export function openDedupScratch(
  { blobs, keys }: { readonly blobs: Blobs; readonly keys: Keys },
  pack: PersonaPack,
  { by, textField }: Pick<PersonaDedup, 'by' | 'textField'>,
): DedupScratch {
  const made = sha256Hex(
    canonicalBytes({
      version: VERSION,
      normalisation: TEXT_NORMALISATION,
      digest: pack.digest,
      by,
      textField: textField ?? pack.textField,
    }),
  )
  const folder = `${packFolder(pack.id)}/${made}`
  const has = async (name: string) => (await blobs.stat(`${folder}/${name}`)) !== undefined
  const writeBytes = async (name: string, bytes: Uint8Array) => {
    await blobs.write(`${folder}/${name}`, await keys.seal(`${folder}/${name}`, bytes))
  }
  const readBytes = async (name: string) => keys.open(`${folder}/${name}`, await blobs.read(`${folder}/${name}`))
  const read = async (name: string) => wordsOf(await readBytes(name))
  const write = (name: string, words: Uint32Array) =>
    writeBytes(name, new Uint8Array(words.buffer, words.byteOffset, words.byteLength))
  return {
    has,
    read,
    write,
    words: async (name, make) => {
      if (await has(name)) return read(name)
      const words = await make()
      await write(name, words)
      return words
    },
    remove: () => blobs.remove(folder),
  }
}

/** Everything that deduplications of a pack have kept. */
export async function removeDedupScratch(blobs: Blobs, packId: string): Promise<void> {
  await blobs.remove(packFolder(packId))
}

const packFolder = (packId: string) => `${FOLDER}/${packId.replace('urn:uuid:', '')}`

function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.byteLength / 4))
}
