import { Resource } from '../../schemas/datasets.ts'
import { ManifestPredicate } from '../../schemas/manifests.ts'
import { emptyRoot } from '../canonical/merkle.ts'
import { toHex } from '../canonical/hash.ts'

/** Well-formed resource for tests and for the worked example of the specification; its digests are of no real file. */
export function exampleResource(name: string, size: number): Resource {
  const chunk = 1_048_576
  const leaves = Math.ceil(size / chunk)
  return Resource.parse({
    name,
    size,
    mediaType: 'application/vnd.apache.parquet',
    records: size,
    digest: { sha256: 'a'.repeat(64) },
    tree: { alg: 'rfc6962-sha256', chunk, leaves, root: leaves === 0 ? toHex(emptyRoot()) : 'b'.repeat(64) },
  })
}

/** Well-formed predicate with two resources; docs/spec/manifest.md §6 prints the payload it gives. */
export function examplePredicate(): ManifestPredicate {
  const document = (letter: string, mediaType: string) => ({ sha256: letter.repeat(64), size: 100, mediaType })
  return ManifestPredicate.parse({
    datasetId: 'urn:uuid:00000000-0000-4000-8000-000000000001',
    name: 'example',
    version: '1.0.0',
    issued: '2026-11-22T10:00:00.000Z',
    issuer: 'did:web:provider.example',
    serialization: { method: 'rfc6962-resources', hash: 'sha256', order: 'utf8-bytes' },
    resources: [exampleResource('example-0001.parquet', 3), exampleResource('example-0002.parquet', 2)],
    description: {
      croissant: { ...document('c', 'application/ld+json'), conformsTo: ['http://mlcommons.org/croissant/1.1'] },
    },
    policy: {
      offers: [{ uid: 'urn:uuid:00000000-0000-4000-8000-000000000002', sha256: 'd'.repeat(64) }],
      license: 'CC-BY-4.0',
    },
    provenance: {},
    reports: {
      evaluation: {
        verdict: 'pass',
        rulebookVersion: '1',
        public: document('e', 'application/json'),
        full: { sha256: 'f'.repeat(64) },
      },
    },
    log: 'provider.example/ledger',
  })
}
