import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ManifestPredicate } from '../../schemas/manifests.ts'
import { canonicalBytes, canonicalJson } from '../canonical/jcs.ts'
import { examplePredicate, exampleResource } from './example-manifest.ts'
import { buildManifest, datasetRoot, manifestId, readManifest } from './manifest.ts'

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** What a provider could sign that does not keep to the schema. */
function forged(predicate: ManifestPredicate): Uint8Array {
  const { statement } = buildManifest(examplePredicate())
  const subject = [{ name: predicate.datasetId, digest: { sha256: datasetRoot(predicate.resources) } }]
  return canonicalBytes({ ...statement, subject, predicate })
}

describe('dataset root', () => {
  it('is the RFC 6962 root over the canonical resources in the order of their names', () => {
    const a = exampleResource('part-0001.parquet', 10)
    const b = exampleResource('part-0002.parquet', 20)
    const leaf = (resource: unknown) => sha256(Buffer.from([0]), canonicalJson(resource))
    const expected = sha256(Buffer.from([1]), leaf(a), leaf(b)).toString('hex')
    expect(datasetRoot([a, b])).toBe(expected)
    expect(datasetRoot([b, a])).toBe(expected)
  })

  it('changes with a name, a size and a digest', () => {
    const resource = exampleResource('a.parquet', 10)
    const root = datasetRoot([resource])
    expect(datasetRoot([{ ...resource, name: 'b.parquet' }])).not.toBe(root)
    expect(datasetRoot([{ ...resource, size: 11 }])).not.toBe(root)
    expect(datasetRoot([{ ...resource, blake3: 'more' }])).not.toBe(root)
  })
})

describe('manifest', () => {
  it('is refused when a file would take the place of what lies beside it in a copy', () => {
    const predicate = examplePredicate()
    const names = ['manifest.dsse.json', 'manifest.tlog-proof', 'croissant.json', 'agreement.json', 'receipts']
    for (const name of [...names, '../x', '/etc/x', 'a\0b', 'A.parquet', 'a..b']) {
      const payload = forged({ ...predicate, resources: [{ ...exampleResource('a', 1), name }] })
      expect(readManifest(payload)).toMatchObject({ ok: false, refusal: { code: 'manifest-refused' } })
    }
  })

  it('is refused when a file has more chunks than a puller holds in memory', () => {
    const predicate = examplePredicate()
    const most = exampleResource('a', 2 ** 20 * 1_048_576)
    expect(readManifest(forged({ ...predicate, resources: [most] }))).toMatchObject({ ok: true })
    const size = most.size + 1
    const more = { ...most, size, tree: { ...most.tree, leaves: most.tree.leaves + 1 } }
    expect(readManifest(forged({ ...predicate, resources: [more] }))).toMatchObject({ ok: false })
  })

  it('is refused in few words however much of it is wrong', () => {
    const predicate = examplePredicate()
    const resources = Array.from({ length: 9000 }, () => ({ ...exampleResource('a', 1), name: '..' }))
    const read = readManifest(forged({ ...predicate, resources }))
    expect(read.ok ? 0 : read.refusal.detail.length).toBeLessThan(400)
  })

  it('is identified by the digest of its payload and read back as it was built', () => {
    const built = buildManifest(examplePredicate())
    expect(built.id).toBe(`sha256:${createHash('sha256').update(built.payload).digest('hex')}`)
    expect(readManifest(built.payload, built.id)).toEqual({ ok: true, manifest: built })
  })

  it('is the worked example of the specification', () => {
    const built = buildManifest(examplePredicate())
    expect(built.payload.length).toBe(1882)
    expect(built.id).toBe('sha256:42d51df7bcfb52c7f778f32fe4362313e3e46b614f509395836d174f686a7ea6')
    const root = 'f5eea5082e91c0ca685b4ae25dedb346177656fa58d96d5e06735b08222e6660'
    expect(built.statement.subject[0]?.digest.sha256).toBe(root)
  })

  it('orders resources by name whatever order they were given in', () => {
    const predicate = examplePredicate()
    const reversed = { ...predicate, resources: predicate.resources.toReversed() }
    expect(buildManifest(reversed).id).toBe(buildManifest(predicate).id)
  })

  it('keeps members of later versions in what the root binds', () => {
    const predicate = examplePredicate()
    const extended: ManifestPredicate = {
      ...predicate,
      resources: predicate.resources.map((resource) => ({ ...resource, blake3: '00' })),
    }
    const built = buildManifest(extended)
    expect(readManifest(built.payload)).toEqual({ ok: true, manifest: built })
    expect(built.statement.subject[0]?.digest.sha256).not.toBe(
      buildManifest(predicate).statement.subject[0]?.digest.sha256,
    )
  })

  it('is refused under another id', () => {
    const built = buildManifest(examplePredicate())
    expect(readManifest(built.payload, manifestId(new Uint8Array(1)))).toMatchObject({ ok: false })
  })

  const changes: [string, (statement: ReturnType<typeof buildManifest>['statement']) => unknown][] = [
    [
      'a subject that is not the root',
      (s) => ({ ...s, subject: [{ ...s.subject[0], digest: { sha256: '0'.repeat(64) } }] }),
    ],
    ['a subject with another name', (s) => ({ ...s, subject: [{ ...s.subject[0], name: 'urn:other' }] })],
    [
      'resources out of order',
      (s) => ({ ...s, predicate: { ...s.predicate, resources: s.predicate.resources.toReversed() } }),
    ],
    [
      'a resource twice',
      (s) => ({ ...s, predicate: { ...s.predicate, resources: [s.predicate.resources[0], s.predicate.resources[0]] } }),
    ],
    ['another predicate type', (s) => ({ ...s, predicateType: 'https://example.org/other' })],
    [
      'a verdict that did not pass',
      (s) => ({
        ...s,
        predicate: { ...s.predicate, reports: { evaluation: { ...s.predicate.reports.evaluation, verdict: 'fail' } } },
      }),
    ],
    ['no offer', (s) => ({ ...s, predicate: { ...s.predicate, policy: { ...s.predicate.policy, offers: [] } } })],
    [
      'a name that leaves its folder',
      (s) => ({ ...s, predicate: { ...s.predicate, resources: [{ ...s.predicate.resources[0], name: '../x' }] } }),
    ],
  ]
  for (const [what, change] of changes) {
    it(`is refused with ${what}`, () => {
      const payload = canonicalBytes(change(buildManifest(examplePredicate()).statement))
      expect(readManifest(payload)).toMatchObject({ ok: false, refusal: { code: 'manifest-refused' } })
    })
  }

  it('is refused when a member name appears twice or the bytes are not JSON', () => {
    expect(readManifest(new TextEncoder().encode('{"_type":"a","_type":"b"}'))).toMatchObject({ ok: false })
    expect(readManifest(Uint8Array.of(0xff))).toMatchObject({ ok: false })
  })
})
