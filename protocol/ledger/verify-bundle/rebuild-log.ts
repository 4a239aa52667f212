import type { Checkpoint, LogLeaf, PublicRecord } from '../../../schemas/ledger.ts'
import { concatBytes, equalBytes, toHex } from '../../canonical/hash.ts'
import { createTreeBuilder, leafHash } from '../../canonical/merkle.ts'
import { parseLeaf } from '../leaf.ts'
import { ENTRIES, parseBundle, tileInSize, tilePath, tilesOfSize } from '../tiles.ts'
import { type AuditedBundle, Faults, type Finding, notApplicable, pathsUnder } from './bundle.ts'
import type { NamedLog } from './log-checks.ts'

/** `tree-rebuild` and `leaf-parse`: the tree made anew from the entries has the signed root, every tile, and readable leaves. */
export async function rebuildLogs(
  bundle: AuditedBundle,
  logs: readonly NamedLog[],
  { heads, others }: { heads: ReadonlyMap<string, Checkpoint>; others: ReadonlyMap<string, readonly Checkpoint[]> },
): Promise<{ tree: Finding; leaves: Finding }> {
  const trees = new Faults()
  const leaves = new Faults()
  const kinds = new Map<string, number>()
  for (const log of logs) {
    const checkpoint = heads.get(log.folder)
    if (checkpoint === undefined) continue
    const sizes = new Set((others.get(log.folder) ?? []).map(({ size }) => size))
    const onLeaf = (leaf: LogLeaf | undefined, index: number) => {
      const kind = leaf?.kind === 'record' ? leaf.record.type : (leaf?.kind ?? 'malformed')
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
      leaves.expect(leaf !== undefined, log.folder, `leaf ${index} is malformed`)
    }
    await rebuildLog(bundle, log, { checkpoint, sizes, faults: trees, onLeaf })
  }
  if (heads.size === 0)
    return { tree: notApplicable('no log could be read'), leaves: notApplicable('no log could be read') }
  const counted = [...kinds].map(([kind, count]) => `${count} ${kind}`).toSorted()
  const total = [...bundle.logs.values()].reduce((sum, log) => sum + log.checkpoint.size, 0)
  return {
    tree: trees.finding(`${total} entries give the signed roots and all tiles`),
    leaves: leaves.finding(counted.length === 0 ? 'no leaves' : counted.join(', ')),
  }
}

interface Rebuild {
  readonly checkpoint: Checkpoint
  /** Sizes whose roots are wanted besides the head's. */
  readonly sizes: ReadonlySet<number>
  readonly faults: Faults
  readonly onLeaf: (leaf: LogLeaf | undefined, index: number) => void
}

async function rebuildLog(bundle: AuditedBundle, { key, folder }: NamedLog, rebuild: Rebuild): Promise<void> {
  const { checkpoint, sizes, faults } = rebuild
  const { hash } = bundle.tools
  /** Hashes of every eighth level: what tiles are made of. */
  const levels: Uint8Array[][] = []
  const builder = createTreeBuilder({
    hash,
    onNode: ({ level }, node) => {
      if (level % 8 === 0) (levels[level / 8] ??= []).push(node)
    },
  })
  const indexOf = new Map<string, number>()
  const records: { index: number; record: PublicRecord }[] = []
  const rootAt = new Map<number, string>()
  const noteRoot = () => {
    if (sizes.has(builder.size) || builder.size === checkpoint.size) rootAt.set(builder.size, toHex(builder.root()))
  }
  noteRoot()
  for await (const entry of entriesOf(bundle, folder, rebuild)) {
    const leaf = parseLeaf(entry)
    rebuild.onLeaf(leaf, builder.size)
    const digest = leafHash(entry, hash)
    if (!indexOf.has(toHex(digest))) indexOf.set(toHex(digest), builder.size)
    if (leaf?.kind === 'record') records.push({ index: builder.size, record: leaf.record })
    builder.append(digest)
    noteRoot()
  }
  const signed = builder.size === checkpoint.size && rootAt.get(checkpoint.size) === checkpoint.root
  faults.expect(signed, folder, 'the entries do not have the signed root')
  await compareTiles(bundle, folder, { size: checkpoint.size, levels, faults })
  if (signed) bundle.logs.set(checkpoint.origin, { key, folder, checkpoint, indexOf, records, rootAt })
}

async function* entriesOf(
  bundle: AuditedBundle,
  folder: string,
  { checkpoint, faults }: Rebuild,
): AsyncGenerator<Uint8Array> {
  for (let index = 0; index * 256 < checkpoint.size; index += 1) {
    const id = tileInSize(ENTRIES, index, checkpoint.size)
    if (id === undefined) return
    const path = `${folder}/${tilePath(id)}`
    const bytes = await bundle.reader.read(path)
    const entries = bytes === undefined ? undefined : parseBundle(bytes, id.width)
    if (entries === undefined) {
      faults.add(path, 'the entry bundle is missing or malformed')
      return
    }
    yield* entries
  }
}

async function compareTiles(
  bundle: AuditedBundle,
  folder: string,
  { size, levels, faults }: { size: number; levels: readonly (readonly Uint8Array[])[]; faults: Faults },
): Promise<void> {
  const expected = new Set<string>()
  for (const id of tilesOfSize(size)) {
    const path = `${folder}/${tilePath(id)}`
    expected.add(path)
    if (id.level === ENTRIES) continue
    const hashes = (levels[id.level] ?? []).slice(id.index * 256, id.index * 256 + id.width)
    const bytes = await bundle.reader.read(path)
    faults.expect(
      bytes !== undefined && equalBytes(bytes, concatBytes(...hashes)),
      path,
      'the tile is missing or not what the entries give',
    )
  }
  for (const path of pathsUnder(bundle, `${folder}/tile`))
    faults.expect(expected.has(path), path, 'the file is no tile of the signed tree')
}
