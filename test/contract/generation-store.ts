import { describe, expect, it } from 'vitest'
import { SeedSet } from '../../schemas/seeds.ts'
import { type Run, RunId, TableRun } from '../../schemas/runs.ts'
import { BudgetEntry } from '../../schemas/generation.ts'
import type { GenerationStore } from '../../node/generation/store.ts'

export interface OpenedGenerationStore {
  readonly store: GenerationStore
  /** What the commits so far put into the outbox and the log's queue. */
  readonly effects: () => { jobs: number; leaves: number }
}

const uuid = (at: number) => `urn:uuid:00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
const instant = (second: number) => new Date(1_700_000_000_000 + second * 1000).toISOString()
const sha = 'a'.repeat(64)

function seedSet(at: number, name = `set-${at}`): SeedSet {
  return SeedSet.parse({
    id: uuid(at),
    name,
    state: 'imported',
    format: 'csv',
    detailsVersion: 1,
    commitment: { root: sha, control: sha, drawnBy: 'row', controlPerMille: 500, drawnAt: instant(at) },
    cap: { epsilon: '3', delta: '0.000001' },
    createdAt: instant(at),
  })
}

function run(at: number, set: SeedSet): TableRun {
  return TableRun.parse({
    kind: 'dp-table',
    id: uuid(1000 + at),
    state: 'queued',
    seedSetId: set.id,
    recipe: { kind: 'dp-table', name: 'r', seedSet: set.name, epsilon: '1', delta: '0.000001', rows: 10 },
    recipeSha256: sha,
    dataset: { name: 'd' },
    version: 1,
    charged: false,
    measured: false,
    createdAt: instant(at),
  })
}

const entry = (of: Run): BudgetEntry =>
  BudgetEntry.parse({ runId: of.id, recipe: sha, epsilon: '1', delta: '0.000001', rho: '1/8', at: instant(1) })

const effects = {
  jobs: [{ queue: 'generation-run', key: 'k', payload: {} }],
  leaves: [{ kind: 'seed-commitment', ref: 'x', bytes: new Uint8Array([1]) }],
}

/** What every GenerationStore must do. `open` gives an empty store for each test. */
export function generationStoreContract(open: () => OpenedGenerationStore): void {
  describe('store of seed sets', () => {
    it('finds a seed set by id and by name, and writes its leaf with it', async () => {
      const { store, effects: written } = open()
      const set = seedSet(1)
      expect(await store.addSeedSet(set, effects)).toBe('committed')
      expect(await store.seedSet(set.id)).toEqual(set)
      expect(await store.seedSet('set-1')).toEqual(set)
      expect(await store.seedSet('set-2')).toBeUndefined()
      expect(written()).toEqual({ jobs: 1, leaves: 1 })
    })

    it('refuses a name that is taken, with nothing of the refused commit written', async () => {
      const { store, effects: written } = open()
      await store.addSeedSet(seedSet(1, 'taken'), {})
      expect(await store.addSeedSet(seedSet(2, 'taken'), effects)).toBe('conflict')
      expect(await store.seedSets(10)).toHaveLength(1)
      expect(written()).toEqual({ jobs: 0, leaves: 0 })
    })

    it('frees the name of an erased set and keeps its record', async () => {
      const { store } = open()
      const set = seedSet(1, 'again')
      await store.addSeedSet(set, {})
      expect(await store.eraseSeedSet(set.id, instant(5), effects)).toBe('committed')
      expect(await store.eraseSeedSet(set.id, instant(6), effects)).toBe('conflict')
      expect(await store.seedSet('again')).toEqual({ ...set, state: 'erased', erasedAt: instant(5) })
      expect(await store.addSeedSet(seedSet(2, 'again'), {})).toBe('committed')
      expect((await store.seedSet('again'))?.id).toBe(uuid(2))
      expect((await store.seedSets(10)).map((each) => each.id)).toEqual([uuid(2), uuid(1)])
    })

    it('replaces details only over the version that was read', async () => {
      const { store } = open()
      const set = seedSet(1)
      await store.addSeedSet(set, {})
      expect(await store.replaceDetails(set.id, { from: 1, to: 2 })).toBe('committed')
      expect(await store.replaceDetails(set.id, { from: 1, to: 2 })).toBe('conflict')
      expect((await store.seedSet(set.id))?.detailsVersion).toBe(2)
    })
  })

  describe('store of runs and their budget', () => {
    it('lists runs newest first, of one seed set or of all', async () => {
      const { store } = open()
      const [a, b] = [seedSet(1), seedSet(2)]
      await store.addSeedSet(a, {})
      await store.addSeedSet(b, {})
      for (const each of [run(1, a), run(2, b), run(3, a)]) await store.addRun(each, [each.seedSetId], {})
      expect((await store.runs({ limit: 2 })).map((each) => each.id)).toEqual([uuid(1003), uuid(1002)])
      expect((await store.runs({ limit: 9, seedSetId: a.id })).map((each) => each.id)).toEqual([uuid(1003), uuid(1001)])
      expect(await store.run(RunId.parse(uuid(1002)))).toEqual(run(2, b))
    })

    it('writes state and charge together, over the version before and the budget lines that were read', async () => {
      const { store, effects: written } = open()
      const set = seedSet(1)
      await store.addSeedSet(set, {})
      const queued = run(1, set)
      await store.addRun(queued, [set.id], {})
      const measuring: Run = { ...queued, state: 'measuring', charged: true, version: 2 }
      const charge = { seedSetId: set.id, entry: entry(queued), expectedEntries: 1 }
      expect(await store.commitRun({ run: measuring, charge }, effects)).toBe('conflict')
      expect(await store.run(queued.id)).toEqual(queued)
      expect(written()).toEqual({ jobs: 0, leaves: 0 })
      expect(await store.commitRun({ run: measuring, charge: { ...charge, expectedEntries: 0 } }, effects)).toBe(
        'committed',
      )
      expect(await store.run(queued.id)).toEqual(measuring)
      expect(await store.budgetEntries(set.id)).toEqual([entry(queued)])
      expect(written()).toEqual({ jobs: 1, leaves: 1 })
    })

    it('never charges a run twice', async () => {
      const { store } = open()
      const set = seedSet(1)
      await store.addSeedSet(set, {})
      const queued = run(1, set)
      await store.addRun(queued, [set.id], {})
      const charge = (expectedEntries: number) => ({ seedSetId: set.id, entry: entry(queued), expectedEntries })
      await store.commitRun({ run: { ...queued, version: 2 }, charge: charge(0) }, {})
      expect(await store.commitRun({ run: { ...queued, version: 3 }, charge: charge(1) }, {})).toBe('conflict')
      expect(await store.budgetEntries(set.id)).toHaveLength(1)
    })

    it('refuses a commit over a version that is gone', async () => {
      const { store } = open()
      const set = seedSet(1)
      await store.addSeedSet(set, {})
      const queued = run(1, set)
      await store.addRun(queued, [set.id], {})
      expect(await store.commitRun({ run: { ...queued, state: 'cancelled', version: 2 } }, {})).toBe('committed')
      expect(await store.commitRun({ run: { ...queued, state: 'failed', version: 2 } }, {})).toBe('conflict')
    })
  })
}
