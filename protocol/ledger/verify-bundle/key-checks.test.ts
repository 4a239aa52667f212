import { describe, expect, it } from 'vitest'
import { Did, Instant, Sha256 } from '../../../schemas/ids.ts'
import { type PublicRecord } from '../../../schemas/ledger.ts'
import { sha256 } from '../../canonical/hash.ts'
import type { AuditedBundle } from './bundle.ts'
import { checkKeyHistory } from './key-checks.ts'

const did = Did.parse('did:web:bureau.example')
const origin = 'bureau.example/ledger'
const keyId = `${did}#statement`
const at = Instant.parse('2026-11-22T10:00:00.000Z')
const digest = Sha256.parse('ab'.repeat(32))
const manifestId = `sha256:${digest}`
const added: PublicRecord = { v: 1, at, type: 'key-add', keyId, use: 'statement', thumbprint: 'A'.repeat(43) }
const revoked: PublicRecord = { v: 1, at, type: 'key-revoke', keyId }
const withdrawn = { v: 1, at, type: 'withdrawal', manifestId, statement: digest, pae: digest, keyId } as PublicRecord

function bundleWith(records: readonly PublicRecord[], signer = keyId): AuditedBundle {
  const envelope = { payload: '', payloadType: 't', signatures: [{ keyid: signer, sig: 'AA==' }] }
  const log = {
    key: { name: origin, publicKey: new Uint8Array(32) },
    folder: 'logs/x',
    checkpoint: { origin, size: records.length, root: digest },
    indexOf: new Map(),
    records: records.map((record, index) => ({ index, record })),
    rootAt: new Map(),
  }
  const manifest = { path: 'manifests/x', id: manifestId, envelope, statement: {} }
  return {
    reader: { list: async () => [], read: async () => undefined },
    tools: { hash: sha256, verify: () => true },
    paths: [],
    description: {
      v: 1,
      exporter: did,
      keyId,
      createdAt: at,
      exchanges: [],
      logs: [{ origin, did, role: 'exporter' }],
    },
    documents: new Map(),
    logs: new Map([[origin, log]]),
    manifests: new Map([[manifestId, manifest as never]]),
    receipts: [],
    secrets: new Map(),
  }
}

describe('the history of keys', () => {
  it('accepts what was signed with a key that the log holds', () => {
    expect(checkKeyHistory(bundleWith([added])).verdict).toBe('pass')
    expect(checkKeyHistory(bundleWith([added, withdrawn, revoked])).verdict).toBe('pass')
  })

  it('finds a key that was never logged, and a record after the revocation of its key', () => {
    expect(checkKeyHistory(bundleWith([])).verdict).toBe('fail')
    expect(checkKeyHistory(bundleWith([added], `${did}#other`)).verdict).toBe('fail')
    expect(checkKeyHistory(bundleWith([added, revoked, withdrawn]))).toMatchObject({ verdict: 'fail', place: 'logs/x' })
  })

  it('says nothing about parties whose log is not in the bundle', () => {
    const bundle = bundleWith([added])
    bundle.logs.clear()
    expect(checkKeyHistory(bundle).verdict).toBe('not-applicable')
  })
})
