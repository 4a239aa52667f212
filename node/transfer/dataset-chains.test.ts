import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toBase64 } from '../../protocol/canonical/hash.ts'
import { examplePredicate } from '../../protocol/datasets/example-manifest.ts'
import { buildManifest } from '../../protocol/datasets/manifest.ts'
import type { ChainLink } from '../../schemas/copies.ts'
import type { DatasetInput } from '../../schemas/datasets.ts'
import { ManifestPredicate, STATEMENT_PAYLOAD_TYPE } from '../../schemas/manifests.ts'
import { openBlobs } from '../adapters/blobs-fs/blobs-fs.ts'
import type { StoredStatement } from '../datasets/store.ts'
import type { Blobs } from '../ports/blobs.ts'
import { createDatasetChains } from './dataset-chains.ts'

describe('the chain of what a dataset was made from', () => {
  let folder = ''
  let blobs: Blobs
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'chains-'))
    blobs = await openBlobs(folder)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  /** A node that published each of these manifests, the first made from nothing, each later one `width` times from the one before. */
  function nodeWith(length: number, width: number) {
    const statements = new Map<string, StoredStatement>()
    let inputs: DatasetInput[] = []
    for (let at = 0; at < length; at += 1) {
      const built = buildManifest(
        ManifestPredicate.parse({ ...examplePredicate(), name: `step-${at}`, provenance: { inputs } }),
      )
      const envelope = {
        payloadType: STATEMENT_PAYLOAD_TYPE,
        payload: toBase64(built.payload),
        signatures: [{ keyid: 'k', sig: 'AA==' }],
      }
      statements.set(built.id, { id: built.id, kind: 'manifest', datasetId: `urn:dataset:${at}`, envelope })
      inputs = Array.from({ length: width }, () => ({ manifestId: built.id }))
    }
    const chains = createDatasetChains({
      blobs,
      store: { ofManifest: async () => [] },
      datasets: { statement: async (id) => statements.get(id), get: async () => undefined },
    })
    return { chains, inputs }
  }

  const count = (links: readonly ChainLink[]): number => links.reduce((sum, { inputs }) => sum + 1 + count(inputs), 0)
  const depth = (links: readonly ChainLink[]): number =>
    links.length === 0 ? 0 : 1 + Math.max(...links.map(({ inputs }) => depth(inputs)))

  it('is followed through every manifest that this node knows', async () => {
    const { chains, inputs } = nodeWith(3, 1)
    const [link] = await chains.of(inputs)
    expect(link).toMatchObject({
      name: 'step-2@1.0.0',
      known: true,
      inputs: [{ name: 'step-1@1.0.0', inputs: [{ name: 'step-0@1.0.0', inputs: [] }] }],
    })
  })

  it('ends where nothing is known, also of what is no manifest at all', async () => {
    const unknown = {
      manifestId: `sha256:${'0'.repeat(64)}`,
      datasetId: 'urn:dataset:x',
      provider: 'did:web:x.example',
    }
    const { chains } = nodeWith(1, 1)
    expect(await chains.of([unknown, { manifestId: '../../etc' }])).toEqual([
      { ...unknown, known: false, withdrawn: false, inputs: [] },
      { manifestId: '../../etc', known: false, withdrawn: false, inputs: [] },
    ])
  })

  it('stays bounded however wide and deep somebody makes it', async () => {
    const wide = nodeWith(10, 60)
    expect(count(await wide.chains.of(wide.inputs))).toBe(500)
    const deep = nodeWith(40, 1)
    expect(depth(await deep.chains.of(deep.inputs))).toBe(16)
  })
})
