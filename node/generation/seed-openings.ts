import { digestHex, fromHex, toHex } from '../../protocol/canonical/hash.ts'
import { foldNodes, inclusionNodes, leafHash, treeNodes, treeRoot } from '../../protocol/canonical/merkle.ts'
import { placeUnit } from '../../protocol/generation/control-split.ts'
import { rowCommitment, rowSalt, type SeedRow } from '../../protocol/generation/seed-commitment.ts'
import { refuse } from '../../protocol/refusal.ts'
import { SeedOpening } from '../../schemas/lineage.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import type { GenerationDeps } from './dependencies.ts'

/**
 * Opens training rows, by their number on that side, against the committed root. Reads the whole seed set and holds 32 bytes for each row.
 * Undefined when the order of the rows in the file is not known any more: of a set that was split by a unit column.
 */
export async function openSeedRows(
  deps: GenerationDeps,
  seedSet: SeedSet,
  wanted: ReadonlySet<number>,
): Promise<ReadonlyMap<number, SeedOpening> | undefined> {
  const { files, hashing } = deps
  const { schema, control } = await files.details(seedSet)
  if (control.rows > 0 && schema.unit !== 'row') return undefined
  const secrets = await files.secrets(seedSet.id)
  const [secret, split] = [fromHex(secrets.rows), fromHex(secrets.split)]
  const sides = { training: rowsOf(deps, seedSet, 'training'), control: rowsOf(deps, seedSet, 'control') }
  const sideOf = (place: number) => {
    if (control.rows === 0) return 'training'
    const { controlPerMille } = seedSet.commitment
    return placeUnit(String(place + 1), { key: split, controlPerMille }, hashing).side
  }
  const leaves: Uint8Array[] = []
  const found: { training: number; index: number; row: SeedRow }[] = []
  for (let training = 0; ;) {
    const side = sideOf(leaves.length)
    const next = await sides[side].next()
    if (next.done === true) break
    const index = leaves.length
    leaves.push(leafHash(rowCommitment(next.value, { secret, index }, hashing), hashing.sha256))
    if (side !== 'training') continue
    if (wanted.has(training)) found.push({ training, index, row: next.value })
    training += 1
  }
  if (digestHex(treeRoot(leaves, hashing.sha256)) !== seedSet.commitment.root) {
    refuse('internal', 'the rows of the seed set do not give its commitment', 'Restore the data folder from a backup.')
  }
  const nodeAt = treeNodes(leaves, hashing.sha256)
  const openings = found.map(({ training, index, row }) => {
    const proof = foldNodes(inclusionNodes(index, leaves.length), nodeAt, hashing.sha256).map(toHex)
    const salt = toHex(rowSalt(secret, index, hashing))
    return [training, SeedOpening.parse({ index, size: leaves.length, salt, row, proof })] as const
  })
  return new Map(openings)
}

async function* rowsOf(
  { files }: GenerationDeps,
  seedSet: SeedSet,
  side: 'training' | 'control',
): AsyncGenerator<SeedRow, void, undefined> {
  for await (const batch of files.rows(seedSet, side)) yield* batch
}
