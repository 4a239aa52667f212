import { describe, expect, it } from 'vitest'
import { exampleResource } from '../../protocol/datasets/example-manifest.ts'
import { datasetRoot } from '../../protocol/datasets/manifest.ts'
import { DatasetRecord, ManifestId } from '../../schemas/datasets.ts'
import type { DatasetsStore } from '../../node/datasets/store.ts'

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

/** What every DatasetsStore must do. `open` gives an empty store, and what was queued by its commits. */
export function datasetsStoreContract(
  open: () => Promise<{ store: DatasetsStore; queued: () => { jobs: number; leaves: number } }>,
): void {
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
      const page = await store.list({ limit: 2 })
      expect(page.map((record) => record.name)).toEqual(['example-3', 'example-2'])
      const rest = await store.list({ limit: 2, before: Date.parse(page[1]?.createdAt ?? '') })
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
      expect(await store.published()).toEqual([])
      expect(await store.change({ ...change, revision: 1 })).toBe('committed')
      expect(queued()).toEqual({ jobs: 1, leaves: 1 })
      expect(await store.published()).toEqual([record])
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
      expect(await store.published()).toEqual([])
    })
  })
}
