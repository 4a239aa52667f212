import { expect, test } from 'vitest'
import { type DatasetEvaluation, DatasetRecord } from '../../schemas/datasets.ts'
import { ParticipantId, Sha256 } from '../../schemas/ids.ts'
import { Offer, OfferTerms } from '../../schemas/policy.ts'
import { readRemoteDataset, renderDataset } from '../catalog/render.ts'
import { writeOffer } from '../policy/templates.ts'
import { namesPartners, releaseRefusal } from './controlled-release.ts'
import { examplePredicate } from './example-manifest.ts'
import { buildManifest, readManifest } from './manifest.ts'

const at = '2026-01-01T00:00:00.000Z'
const sha256 = 'a'.repeat(64)
const evaluation = {
  verdict: 'insufficient-evidence',
  at,
  rulebookVersion: '1',
  reasons: ['G0 insufficient-evidence: there is no control set'],
  lacking: ['G0', 'G1'],
  seedsSubject: 'organisation',
  datasetRoot: sha256,
  publicReport: { sha256, size: 1, mediaType: 'application/json' },
  fullReport: { sha256 },
}

function dataset(change: Partial<DatasetRecord> = {}, evaluated: Partial<DatasetEvaluation> = {}): DatasetRecord {
  return DatasetRecord.parse({
    name: 'law-questions',
    title: 'Questions on law',
    description: 'Made by a recipe',
    subject: 'organisation',
    columns: [{ name: 'question', type: 'string' }],
    id: 'urn:uuid:00000000-0000-4000-8000-000000000001',
    state: 'evaluated',
    source: { kind: 'file' },
    provenance: {},
    resources: [],
    records: 1,
    size: 1,
    datasetRoot: sha256,
    offers: [],
    createdAt: at,
    evaluation: { ...evaluation, ...evaluated },
    ...change,
  })
}

test('a dataset about an organisation whose gates lack evidence can be answered for', () => {
  expect(releaseRefusal(dataset())).toBeUndefined()
  expect(releaseRefusal(dataset({ subject: 'public' }, { seedsSubject: 'public' }))).toBeUndefined()
})

test('nobody answers for persons, for a gate that fails, or for what was not compared with seeds', () => {
  const refused: readonly (readonly [DatasetRecord, string])[] = [
    [dataset({ subject: 'persons' }), 'gate-failed'],
    [dataset({}, { seedsSubject: 'persons' }), 'gate-failed'],
    [dataset({}, { verdict: 'fail' }), 'gate-failed'],
    [dataset({}, { seedsSubject: undefined }), 'gate-failed'],
    [dataset({}, { lacking: ['G0', 'G8'] }), 'gate-failed'],
    [dataset({}, { lacking: ['G4'] }), 'gate-failed'],
    [dataset({}, { lacking: [] }), 'gate-failed'],
    [dataset({}, { verdict: 'pass', lacking: [] }), 'conflict'],
    [dataset({}, { datasetRoot: Sha256.parse('b'.repeat(64)) }), 'not-evaluated'],
    [dataset({ evaluation: undefined }), 'not-evaluated'],
    [dataset({ state: 'published' }), 'conflict'],
  ]
  for (const [record, code] of refused) {
    const refusal = releaseRefusal(record)
    expect(refusal?.code).toBe(code)
    expect(refusal?.hint.length).toBeGreaterThan(10)
  }
})

test('an offer names partners only when every permission does', () => {
  const rulebook = { authority: 'did:web:authority.example' as never, retention: { maxDays: 30 } }
  const written = (partners: unknown) => {
    const terms = OfferTerms.parse({ partners })
    return writeOffer(terms, { id: 'urn:uuid:00000000-0000-4000-8000-000000000002', rulebook, now: 0 })
  }
  const named = written(['did:web:lab.example'])
  expect(namesPartners(named)).toBe(true)
  expect(namesPartners(written('members'))).toBe(false)
  const byHand = (constraint: unknown) =>
    Offer.parse({ '@id': 'urn:offer:1', permission: [...(named.permission ?? []), { action: 'use', constraint }] })
  const recipient = {
    leftOperand: 'odrl:recipient',
    operator: 'odrl:eq',
    rightOperand: { '@id': 'did:web:lab.example' },
  }
  expect(namesPartners(byHand(recipient))).toBe(true)
  for (const open of [
    [],
    { ...recipient, operator: 'neq' },
    { or: [recipient, { leftOperand: 'count', operator: 'lteq', rightOperand: 3 }] },
    { ...recipient, rightOperand: [] },
  ]) {
    expect(namesPartners(byHand(open))).toBe(false)
  }
  expect(namesPartners(Offer.parse({ '@id': 'urn:offer:2' }))).toBe(false)
})

test('a manifest has a passed evaluation or a controlled release, never neither and never both', () => {
  const predicate = examplePredicate()
  const declared = {
    statement: 'Seeds are our own published regulations.',
    declaredBy: predicate.issuer,
    declaredAt: predicate.issued,
  }
  const release = { kind: 'controlled' as const, ...declared, lacking: ['G0' as const] }
  const reports = (verdict: 'pass' | 'insufficient-evidence') => ({
    evaluation: { ...predicate.reports.evaluation, verdict },
  })
  const read = (change: Partial<typeof predicate>) => readManifest(buildManifest({ ...predicate, ...change }).payload)
  const lacking = read({ reports: reports('insufficient-evidence'), release })
  expect(lacking).toMatchObject({ ok: true, manifest: { statement: { predicate: { release } } } })
  expect(read({ reports: reports('insufficient-evidence') })).toMatchObject({ ok: false })
  expect(read({ reports: reports('pass'), release })).toMatchObject({ ok: false })
})

test('a partner reads the statement in the catalog', () => {
  const offer = Offer.parse({ '@id': 'urn:offer:1', permission: [] })
  const { issuer, issued } = examplePredicate()
  const statement = 'Seeds are our own published regulations.'
  const release = {
    kind: 'controlled' as const,
    statement,
    declaredBy: issuer,
    declaredAt: issued,
    lacking: ['G0' as const],
  }
  const shown = (change: Partial<DatasetRecord>) =>
    readRemoteDataset(ParticipantId.parse(issuer), renderDataset(dataset(change), [offer], 'urn:service'))
  expect(shown({ release })?.controlledRelease).toBe(statement)
  expect(shown({})).not.toHaveProperty('controlledRelease')
})
