import { createHash } from 'node:crypto'
import { concatBytes, sha256Hex } from '../protocol/canonical/hash.ts'
import { canonicalBytes } from '../protocol/canonical/jcs.ts'
import { leafHash } from '../protocol/canonical/merkle.ts'
import { examplePredicate } from '../protocol/datasets/example-manifest.ts'
import { chunkCount, chunkRange } from '../protocol/datasets/chunk-ranges.ts'
import { chunkTree, readLeafList } from '../protocol/datasets/chunk-tree.ts'
import { buildManifest } from '../protocol/datasets/manifest.ts'
import { buildWithdrawal } from '../protocol/datasets/withdrawal.ts'
import { manifestLeaf, seedCommitmentLeaf, withdrawalLeaf } from '../protocol/ledger/leaf.ts'
import { type DatasetRecord } from '../schemas/datasets.ts'
import { STATEMENT_PAYLOAD_TYPE, WithdrawalPredicate } from '../schemas/manifests.ts'
import { ReceiptProposal } from '../schemas/ledger.ts'
import { Agreement, Offer } from '../schemas/policy.ts'
import { logKeys } from '../node/ledger/key-history.ts'
import { createAudit, type ExportedFile } from '../node/ledger/audit.ts'
import type { Evidence } from '../node/ledger/evidence.ts'
import { systemClock } from '../node/adapters/system/system-clock.ts'
import { silentLogger } from '../node/telemetry/logger.ts'
import { type ReceiptParty, ReceiptWorld } from './receipt-parties.ts'

export const nodeSha256 = (bytes: Uint8Array) => Uint8Array.from(createHash('sha256').update(bytes).digest())

const AT = '2026-11-22T10:00:00.000Z'
const EXCHANGE = 'urn:uuid:10000000-0000-4000-8000-000000000001'
const NAME = 'part-0001.parquet'

/** One file with its chunk tree, and the documents of a dataset around it. */
function dataset(provider: ReceiptParty) {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => (at * 31 + Math.floor(at / 256)) % 256)
  const chunk = 16_384
  const leaves = concatBytes(
    ...Array.from({ length: chunkCount(bytes.length, chunk) }, (_, index) => {
      const { start, end } = chunkRange(index, bytes.length, chunk)
      return leafHash(bytes.subarray(start, end))
    }),
  )
  const list = readLeafList(leaves)
  if (list === undefined) throw new Error('no leaves')
  const base = examplePredicate()
  const [example] = base.resources
  if (example === undefined) throw new Error('no resource')
  const resource = {
    ...example,
    name: NAME,
    size: bytes.length,
    digest: { sha256: sha256Hex(bytes) },
    tree: chunkTree(list, chunk),
  }
  const offer = Offer.parse({ '@id': 'urn:uuid:20000000-0000-4000-8000-000000000001', permission: [{ action: 'use' }] })
  const croissant = canonicalBytes({
    identifier: base.datasetId,
    version: base.version,
    license: `https://spdx.org/licenses/${base.policy.license}.html`,
    distribution: [{ name: NAME, sha256: resource.digest.sha256 }],
  })
  const report = canonicalBytes({ verdict: 'pass' })
  const seedRoot = sha256Hex(Uint8Array.of(1))
  const reference = (document: Uint8Array, mediaType: string) => ({
    sha256: sha256Hex(document),
    size: document.length,
    mediaType,
  })
  const manifest = buildManifest({
    ...base,
    issuer: provider.did,
    log: provider.ledger.origin,
    resources: [resource],
    description: { croissant: { ...reference(croissant, 'application/ld+json'), conformsTo: ['x'] } },
    policy: { ...base.policy, offers: [{ uid: offer['@id'], sha256: sha256Hex(canonicalBytes(offer)) }] },
    provenance: { seedCommitment: seedRoot },
    reports: { evaluation: { ...base.reports.evaluation, public: reference(report, 'application/json') } },
  })
  return { bytes, chunk, leaves, resource, offer, croissant, report, manifest, seedRoot }
}

export interface AuditedExchange extends AsyncDisposable {
  readonly world: ReceiptWorld
  readonly provider: ReceiptParty
  readonly consumer: ReceiptParty
  /** What an audit bundle of that party holds, by path. */
  export(party: ReceiptParty): Promise<Map<string, Uint8Array>>
  withdraw(): Promise<void>
  agreeAgain(): Promise<void>
}

/** A dataset published by one party and pulled by the other, with all receipts, ready to be audited. */
export async function auditedExchange(change: { completedRoot?: string } = {}): Promise<AuditedExchange> {
  const world = new ReceiptWorld()
  const [provider, consumer] = [await world.join('bureau'), await world.join('lab')]
  for (const party of [provider, consumer]) await logKeys({ ...party, clock: systemClock })
  const made = dataset(provider)
  const envelope = await provider.identity.signStatement(STATEMENT_PAYLOAD_TYPE, made.manifest.payload)
  const keyId = envelope.signatures[0]?.keyid ?? ''
  const seeds = seedCommitmentLeaf({ seedSet: 'urn:uuid:seeds', root: made.seedRoot, control: made.seedRoot, at: AT })
  await provider.store.enqueue({ leaves: [seeds, manifestLeaf({ envelope, keyId, at: AT })] })
  const agreement = Agreement.parse({
    '@id': EXCHANGE,
    '@type': 'Agreement',
    target: 'urn:x',
    assigner: provider.did,
    assignee: consumer.did,
  })
  const withdrawals: DatasetRecord['manifestId'][] = []
  const withdrawal = buildWithdrawal(
    WithdrawalPredicate.parse({
      datasetId: made.manifest.statement.predicate.datasetId,
      manifestId: made.manifest.id,
      issuer: provider.did,
      effective: AT,
      scope: 'new-agreements',
      reason: 'superseded',
      log: provider.ledger.origin,
    }),
    made.manifest.statement.subject[0]?.digest.sha256 ?? made.seedRoot,
  )
  const withdrawn = await provider.identity.signStatement(STATEMENT_PAYLOAD_TYPE, withdrawal.payload)
  const objects = [made.croissant, made.report, canonicalBytes(made.offer)]
  const evidence: Evidence = {
    agreement: async () => agreement,
    offer: async () => made.offer,
    manifest: async (id) => (id === made.manifest.id ? envelope : undefined),
    withdrawal: async () => (withdrawals.length > 0 ? withdrawn : undefined),
    object: async ({ sha256 }) => objects.find((bytes) => sha256Hex(bytes) === sha256),
    chunk: async ({ index }) => {
      const { start, end } = chunkRange(index, made.bytes.length, made.chunk)
      return { bytes: made.bytes.slice(start, end), leaves: made.leaves }
    },
  }
  const proposals = proposalsOf({ provider, consumer, made, agreement: canonicalBytes(agreement), change })
  const [agreed, started, completed] = proposals(EXCHANGE)
  for (const [party, proposal] of [
    [consumer, agreed],
    [provider, started],
    [consumer, completed],
  ] as const) {
    await party.propose(proposal)
    await world.settle()
  }
  return {
    world,
    provider,
    consumer,
    export: (party) => exported(world, party, evidence),
    withdraw: async () => {
      withdrawals.push(made.manifest.id)
      await provider.store.enqueue({
        leaves: [withdrawalLeaf(made.manifest.id, { envelope: withdrawn, keyId, at: AT })],
      })
      await world.settle()
    },
    agreeAgain: async () => {
      await consumer.propose(proposals('urn:uuid:later')[0])
      await world.settle()
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

function proposalsOf(parts: {
  provider: ReceiptParty
  consumer: ReceiptParty
  made: ReturnType<typeof dataset>
  agreement: Uint8Array
  change: { completedRoot?: string }
}) {
  const { made, change } = parts
  const { name, size, tree } = made.resource
  const resources = [{ name, size, root: tree.root }]
  return (exchangeId: string) => {
    const common = {
      exchangeId,
      provider: parts.provider.did,
      consumer: parts.consumer.did,
      agreement: { id: exchangeId, sha256: sha256Hex(parts.agreement) },
      manifestId: made.manifest.id,
      offer: { sha256: sha256Hex(canonicalBytes(made.offer)) },
    }
    const datasetRoot = change.completedRoot ?? made.manifest.statement.subject[0]?.digest.sha256
    return [
      ReceiptProposal.parse({ type: 'AgreementFinalized', ...common, body: { duties: [] } }),
      ReceiptProposal.parse({
        type: 'TransferStarted',
        ...common,
        body: { transferId: 't', transport: 'http-pull', startedAt: AT, resources, expectedBytes: size },
      }),
      ReceiptProposal.parse({
        type: 'TransferCompleted',
        ...common,
        body: { transferId: 't', result: 'complete', resources, datasetRoot, bytes: size, durationMs: 1 },
      }),
    ] as const
  }
}

async function exported(
  world: ReceiptWorld,
  party: ReceiptParty,
  evidence: Evidence,
): Promise<Map<string, Uint8Array>> {
  const audit = createAudit({
    ...party,
    clock: systemClock,
    log: silentLogger,
    hash: nodeSha256,
    http: world.http(),
    evidence,
  })
  const files = new Map<string, Uint8Array>()
  const collect = ({ path, bytes }: ExportedFile) => {
    if (files.has(path)) throw new Error(`${path} twice`)
    files.set(path, bytes)
  }
  for await (const file of audit.export({})) collect(file)
  return files
}
