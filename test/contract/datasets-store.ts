import { describe, expect, it } from 'vitest'
import { exampleResource } from '../../protocol/datasets/example-manifest.ts'
import { datasetRoot } from '../../protocol/datasets/manifest.ts'
import { DatasetRecord, ManifestId } from '../../schemas/datasets.ts'
import type { DatasetsStore, PublishedRange } from '../../node/datasets/store.ts'

export function exampleDataset(number: number, change: Partial<DatasetRecord> = {}): DatasetRecord {
  const resources = [exampleResource('example-0001.parquet', 3)]
  return DatasetRecord.parse({
    id: `urn:uuid:00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    name: `example-${number}`,
    version: '1.0.0',
    title: 'Example',
    description: 'An example',
    subject: 'public',
    columns: [{ name: 'age', type: 'int32' }],
    state: 'draft',
    source: { kind: 'file' },
    provenance: {},
    resources,
    records: 3,
    size: 3,
    datasetRoot: datasetRoot(resources),
    offers: [],
    createdAt: new Date(Date.UTC(2026, 0, number)).toISOString(),
    ...change,
  })
}

const envelope = {
  payloadType: 'application/vnd.in-toto+json',
  payload: 'e30=',
  signatures: [{ keyid: 'k', sig: 'AA==' }],
}

export interface OpenedStore {
  readonly store: DatasetsStore
  /** What was queued by its commits. */
  readonly queued: () => { jobs: number; leaves: number }
  /** Makes the stored record of a dataset one that no version of the program wrote. */
  readonly damage: (id: string) => void
}

/** What every DatasetsStore must do. `open` gives an empty store. */
export function datasetsStoreContract(open: () => Promise<OpenedStore>): void {
  describe('datasets store', () => {
    it('gives back a dataset by id, name and version', async () => {
      const { store } = await open()
      const record = exampleDataset(1)
      expect(await store.insert(record)).toBe('committed')
      expect(await store.get(record.id)).toEqual({ record, revision: 1 })
      expect(await store.byName('example-1')).toEqual({ record, revision: 1 })
      expect(await store.byName('example-1', '2.0.0')).toBeUndefined()
      expect(await store.get('urn:uuid:unknown')).toBeUndefined()
      expect(await store.ids()).toEqual([record.id])
    })

    it('takes one dataset of a name and version', async () => {
      const { store } = await open()
      await store.insert(exampleDataset(1))
      expect(await store.insert(exampleDataset(2, { name: 'example-1' }))).toBe('conflict')
      expect(await store.insert(exampleDataset(3, { name: 'example-1', version: '1.1.0' }))).toBe('committed')
      expect((await store.byName('example-1'))?.record.version).toBe('1.1.0')
    })

    it('lists newest first, page by page', async () => {
      const { store } = await open()
      for (const number of [1, 3, 2]) await store.insert(exampleDataset(number))
      const page = (await store.list({ limit: 2 })).records
      expect(page.map((record) => record.name)).toEqual(['example-3', 'example-2'])
      const { records: rest } = await store.list({ limit: 2, before: Date.parse(page[1]?.createdAt ?? '') })
      expect(rest.map((record) => record.name)).toEqual(['example-1'])
    })

    it('publishes record, documents, statement, jobs and leaf in one step', async () => {
      const { store, queued } = await open()
      const manifestId = ManifestId.parse(`sha256:${'a'.repeat(64)}`)
      await store.insert(exampleDataset(1))
      const record = exampleDataset(1, { state: 'published', manifestId })
      const statement = { id: manifestId, kind: 'manifest' as const, datasetId: record.id, envelope }
      const object = { sha256: record.datasetRoot, size: 5, mediaType: 'application/json', datasetId: record.id }
      const effects = {
        jobs: [{ queue: 'q', key: 'k', payload: {} }],
        leaves: [{ kind: 'manifest', ref: manifestId, bytes: new Uint8Array(3) }],
      }
      const change = { record, objects: [object], statement, effects }
      expect(await store.change({ ...change, revision: 2 })).toBe('conflict')
      expect(queued()).toEqual({ jobs: 0, leaves: 0 })
      expect(await store.published({ limit: 2 })).toEqual([])
      expect(await store.change({ ...change, revision: 1 })).toBe('committed')
      expect(queued()).toEqual({ jobs: 1, leaves: 1 })
      const createdAt = Date.parse(record.createdAt)
      expect(await store.published({ limit: 2 })).toEqual([{ id: record.id, revision: 2, createdAt }])
      expect(await store.statement(manifestId)).toEqual(statement)
      expect(await store.object(record.datasetRoot)).toEqual(object)
      expect(await store.withdrawalOf(manifestId)).toBeUndefined()
    })

    it('finds the withdrawal of a manifest', async () => {
      const { store } = await open()
      const manifestId = ManifestId.parse(`sha256:${'a'.repeat(64)}`)
      await store.insert(exampleDataset(1))
      const record = exampleDataset(1, { state: 'withdrawn', manifestId })
      const statement = { id: `sha256:${'b'.repeat(64)}`, kind: 'withdrawal' as const, datasetId: record.id, envelope }
      await store.change({ record, revision: 1, statement })
      expect(await store.withdrawalOf(manifestId)).toEqual(statement)
      expect(await store.published({ limit: 2 })).toEqual([])
    })

    it('walks the published ones in the order of the catalog, both ways, from any place', async () => {
      const { store } = await open()
      const moment = exampleDataset(1).createdAt
      const state = 'published'
      for (const number of [4, 2, 7]) await store.insert(exampleDataset(number, { state, createdAt: moment }))
      await store.insert(exampleDataset(9, { state }))
      await store.insert(exampleDataset(5, { createdAt: moment }))
      const numbers = async (range: PublishedRange) =>
        (await store.published(range)).map(({ id }) => Number(id.slice(-12)))
      expect(await numbers({ limit: 10 })).toEqual([9, 7, 4, 2])
      expect(await numbers({ limit: 2 })).toEqual([9, 7])
      const place = { createdAt: Date.parse(moment), id: exampleDataset(5).id }
      expect(await numbers({ limit: 10, after: place })).toEqual([4, 2])
      expect(await numbers({ limit: 10, before: place })).toEqual([7, 9])
      expect(await numbers({ limit: 1, before: place })).toEqual([7])
    })

    it('finds the datasets of an offer, also when it is written with the record and when it comes later', async () => {
      const { store } = await open()
      const offers = [{ '@id': 'urn:uuid:offer', '@type': 'Offer' as const }]
      await store.insert(exampleDataset(1, { offers }))
      await store.insert(exampleDataset(2))
      expect(await store.withOffer('urn:uuid:offer')).toEqual([exampleDataset(1).id])
      await store.change({ record: exampleDataset(2, { offers }), revision: 1 })
      expect(await store.withOffer('urn:uuid:offer')).toEqual([exampleDataset(2).id, exampleDataset(1).id])
      expect(await store.withOffer('urn:uuid:other')).toEqual([])
    })

    it('lists the other datasets when a record cannot be read, and names that one', async () => {
      const { store, damage } = await open()
      for (const number of [1, 2, 3]) await store.insert(exampleDataset(number))
      damage(exampleDataset(2).id)
      const { records, unreadable } = await store.list({ limit: 10 })
      expect(records.map((record) => record.name)).toEqual(['example-3', 'example-1'])
      expect(unreadable).toEqual([exampleDataset(2).id])
      await expect(store.get(exampleDataset(2).id)).rejects.toThrow()
    })
  })
}
