import { refuse } from '../../../protocol/refusal.ts'
import type { BoundSource } from '../../../schemas/runs.ts'
import { findSeedSet } from '../describe-seeds.ts'
import { SEED_BATCH } from '../seed-files.ts'
import type { RunDeps } from '../run-commit.ts'
import type { IndexedRecords } from '../../ports/records.ts'

/** Batches of one source that are held in memory. */
const HELD_BATCHES = 8

/** Opens exactly what a run was bound to; refuses what was changed or erased since. */
export async function openSources(
  deps: RunDeps,
  sources: Readonly<Record<string, BoundSource>>,
): Promise<ReadonlyMap<string, IndexedRecords>> {
  const opened = await Promise.all(
    Object.entries(sources).map(async ([name, bound]) => [name, await openSource(deps, bound)] as const),
  )
  return new Map(opened)
}

async function openSource(deps: RunDeps, bound: BoundSource): Promise<IndexedRecords> {
  if (bound.kind === 'seed-set') return openSeedSet(deps, bound)
  if (bound.kind === 'persona-pack') return deps.personaSources.open(bound.id, bound.digest)
  return deps.copySources.open(bound)
}

/** The training side alone: what is in the control set must never be in a prompt. */
async function openSeedSet(
  { files, ...deps }: RunDeps,
  bound: Extract<BoundSource, { kind: 'seed-set' }>,
): Promise<IndexedRecords> {
  const seedSet = await findSeedSet(deps, bound.id)
  if (seedSet.state === 'erased') {
    refuse('conflict', 'a seed set of the run is erased', 'Start a new run on other seeds.')
  }
  const { schema, training } = await files.details(seedSet)
  const names = schema.columns.map(({ name }) => name)
  const batch = keepRecent(HELD_BATCHES, (at) => files.batch({ id: seedSet.id, side: 'training', batch: at }))
  return {
    records: training.rows,
    record: async (index) => {
      const rows = await batch(Math.floor(index / SEED_BATCH))
      const cells = rows[index % SEED_BATCH] ?? []
      return Object.fromEntries(names.map((name, at) => [name, cells[at] ?? null]))
    },
  }
}

/** Remembers the last `most` results; what is asked for twice at once is read once. */
export function keepRecent<Value>(most: number, read: (at: number) => Promise<Value>): (at: number) => Promise<Value> {
  const held = new Map<number, Promise<Value>>()
  return (at) => {
    const known = held.get(at)
    const value = known ?? read(at)
    held.delete(at)
    held.set(at, value)
    if (held.size > most) {
      const oldest = held.keys().next()
      if (oldest.done !== true) held.delete(oldest.value)
    }
    return value
  }
}
