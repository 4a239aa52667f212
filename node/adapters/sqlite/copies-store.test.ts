import { describe, expect, it } from 'vitest'
import { CopyRecord } from '../../../schemas/copies.ts'
import { systemClock } from '../system/system-clock.ts'
import { createCopiesStore } from './copies-store.ts'
import { openDatabase } from './open.ts'
import { jobs } from './tables/queue.ts'

function example(number: number, change: Partial<CopyRecord> = {}): CopyRecord {
  return CopyRecord.parse({
    id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
    transferId: `urn:uuid:${number}`,
    agreementId: 'urn:agreement',
    provider: 'did:web:p.example',
    datasetId: 'urn:dataset',
    manifestId: `sha256:${'a'.repeat(64)}`,
    title: 'Example',
    state: 'pulling',
    resources: [],
    size: 0,
    records: 0,
    duties: [],
    notices: [],
    createdAt: new Date(Date.UTC(2026, 0, number)).toISOString(),
    ...change,
  })
}

describe('copies store', () => {
  it('holds one copy per transfer and finds it by transfer, agreement and manifest', async () => {
    const store = createCopiesStore(openDatabase(':memory:'), systemClock)
    const record = example(1)
    expect(await store.insert(record)).toBe('committed')
    expect(await store.insert(example(2, { transferId: record.transferId }))).toBe('conflict')
    expect(await store.get(record.id)).toEqual({ record, revision: 1 })
    expect(await store.byTransfer(record.transferId)).toEqual({ record, revision: 1 })
    expect(await store.ofAgreement('urn:agreement')).toHaveLength(1)
    expect(await store.ofManifest(record.manifestId ?? '')).toHaveLength(1)
    expect(await store.byTransfer('urn:uuid:9')).toBeUndefined()
  })

  it('changes what was read last, with jobs in the same step', async () => {
    const db = openDatabase(':memory:')
    const store = createCopiesStore(db, systemClock)
    await store.insert(example(1))
    const record = example(1, { state: 'complete' })
    const effects = { jobs: [{ queue: 'q', key: 'k', payload: {} }] }
    expect(await store.change({ record, revision: 2, effects })).toBe('conflict')
    expect(db.orm.select().from(jobs).all()).toHaveLength(0)
    expect(await store.change({ record, revision: 1, effects })).toBe('committed')
    expect(db.orm.select().from(jobs).all()).toHaveLength(1)
    expect(await store.get(record.id)).toEqual({ record, revision: 2 })
  })

  it('lists newest first, page by page', async () => {
    const store = createCopiesStore(openDatabase(':memory:'), systemClock)
    for (const number of [1, 3, 2]) await store.insert(example(number))
    const page = await store.list({ limit: 2 })
    expect(page.map((record) => record.transferId)).toEqual(['urn:uuid:3', 'urn:uuid:2'])
    expect(await store.list({ limit: 2, before: Date.parse(page[1]?.createdAt ?? '') })).toHaveLength(1)
  })
})
