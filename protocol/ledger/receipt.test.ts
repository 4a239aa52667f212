import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Did, Instant, Sha256 } from '../../schemas/ids.ts'
import { ReceiptProposal } from '../../schemas/ledger.ts'
import { signDsse } from '../canonical/dsse.ts'
import { toHex, utf8 } from '../canonical/hash.ts'
import {
  buildReceipt,
  emptyChain,
  missingPredecessor,
  proposalKey,
  proposerRole,
  readReceipt,
  receiptCommitment,
  receiptFacts,
  receiptPayload,
  receiptSalt,
  refuseWrongChain,
} from './receipt.ts'

const digest = (fill: string) => Sha256.parse(fill.repeat(64))
const [bureau, lab] = [Did.parse('did:web:bureau.example'), Did.parse('did:web:lab.example')]
const common = {
  exchangeId: 'urn:uuid:00000000-0000-4000-8000-000000000001',
  provider: bureau,
  consumer: lab,
  agreement: { id: 'urn:uuid:00000000-0000-4000-8000-000000000001', sha256: digest('a') },
  manifestId: `sha256:${digest('b')}`,
  offer: { sha256: digest('c') },
}
const agreed = ReceiptProposal.parse({
  type: 'AgreementFinalized',
  ...common,
  body: { duties: [{ action: 'delete' }] },
})
const started = ReceiptProposal.parse({
  type: 'TransferStarted',
  ...common,
  body: {
    transferId: 'urn:uuid:t1',
    transport: 'http-pull',
    startedAt: '2026-11-22T10:00:00.000Z',
    resources: [{ name: 'part-0001.parquet', size: 10, root: digest('d') }],
    expectedBytes: 10,
  },
})
const completed = ReceiptProposal.parse({
  type: 'TransferCompleted',
  ...common,
  body: {
    transferId: 'urn:uuid:t1',
    result: 'complete',
    resources: [],
    datasetRoot: digest('e'),
    bytes: 10,
    durationMs: 5,
  },
})
const setting = {
  exchange: emptyChain,
  pair: emptyChain,
  provider: { did: bureau, keyId: `${bureau}#statement`, log: 'bureau.example/ledger' },
  consumer: { did: lab, keyId: `${lab}#statement`, log: 'lab.example/ledger' },
  at: Instant.parse('2026-11-22T10:00:00.000Z'),
  notAfter: Instant.parse('2026-11-23T10:00:00.000Z'),
  nonce: new Uint8Array(16).fill(9),
  proofs: [],
}

describe('a receipt', () => {
  it('is read back from its bytes, with the facts that were proposed', () => {
    const receipt = buildReceipt(agreed, setting)
    const read = readReceipt(receiptPayload(receipt))
    expect(read?.receipt).toEqual(receipt)
    expect(receiptFacts(receipt)).toEqual(agreed)
    expect(proposalKey(receiptFacts(receipt))).toBe(proposalKey(agreed))
  })

  it('is proposed by the party that knows first', () => {
    expect(
      ['AgreementFinalized', 'TransferStarted', 'TransferCompleted'].map((type) =>
        proposerRole(type as 'TransferStarted'),
      ),
    ).toEqual(['consumer', 'provider', 'consumer'])
  })

  it('is refused in any other spelling, with foreign members, or by the wrong proposer', () => {
    const receipt = buildReceipt(agreed, setting)
    const text = new TextDecoder().decode(receiptPayload(receipt))
    for (const changed of [
      ` ${text}`,
      text.replace('"v":1', '"v":1.0'),
      text.replace('{', '{"a":1,'),
      text.replace('"proposer":"consumer"', '"proposer":"provider"'),
    ]) {
      expect(changed).not.toBe(text)
      expect(readReceipt(utf8(changed))).toBeUndefined()
    }
  })

  it('says complete with its root or names the chunk that is wrong, never both', () => {
    const body = { transferId: 't', resources: [], bytes: 0, durationMs: 0 }
    const parse = (more: object) => ReceiptProposal.safeParse({ ...completed, body: { ...body, ...more } }).success
    const mismatch = { resource: 'part-0001.parquet', chunk: 3, received: digest('f') }
    expect(parse({ result: 'complete', datasetRoot: digest('e') })).toBe(true)
    expect(parse({ result: 'mismatch', mismatch })).toBe(true)
    expect(parse({ result: 'complete' })).toBe(false)
    expect(parse({ result: 'mismatch' })).toBe(false)
    expect(parse({ result: 'partial', mismatch })).toBe(false)
    expect(parse({ result: 'partial', datasetRoot: digest('e') })).toBe(false)
  })

  it('follows the heads of both chains and nothing else', () => {
    const first = readReceipt(receiptPayload(buildReceipt(agreed, setting)))
    if (first === undefined) throw new Error('not read')
    const exchange = { seq: 1, id: first.id }
    const second = buildReceipt(started, { ...setting, exchange })
    expect(refuseWrongChain(second, { exchange, pair: emptyChain })).toBeUndefined()
    expect(refuseWrongChain(second, { exchange: emptyChain, pair: emptyChain })?.code).toBe('conflict')
    expect(refuseWrongChain(second, { exchange: { seq: 1, id: digest('9') }, pair: emptyChain })?.code).toBe('conflict')
    expect(refuseWrongChain(second, { exchange, pair: { seq: 1, id: digest('9') } })?.code).toBe('conflict')
  })

  it('of a transfer waits for its agreement, and of a completion for its start', () => {
    const one = buildReceipt(agreed, setting)
    const two = buildReceipt(started, setting)
    expect(missingPredecessor(agreed, [])).toBeUndefined()
    expect(missingPredecessor(started, [])).toBe('AgreementFinalized')
    expect(missingPredecessor(started, [one])).toBeUndefined()
    expect(missingPredecessor(completed, [one])).toBe('TransferStarted')
    expect(missingPredecessor(completed, [one, two])).toBeUndefined()
  })
})

describe('a commitment to a receipt', () => {
  const signers = [1, 2].map((fill) => ({ keyid: `k${fill}`, sign: () => new Uint8Array(64).fill(fill) }))

  it('does not depend on who signed first, but on every signature, the secret and the log', async () => {
    const payload = receiptPayload(buildReceipt(agreed, setting))
    const one = await signDsse('t', payload, signers)
    const two = await signDsse('t', payload, signers.toReversed())
    const single = await signDsse('t', payload, signers.slice(0, 1))
    const log = { exchangeSecret: new Uint8Array(32).fill(5), origin: 'a/ledger' }
    const commit = (envelope: typeof one, more: Partial<typeof log> = {}) =>
      toHex(receiptCommitment(envelope, { ...log, ...more }) ?? new Uint8Array(0))
    expect(commit(one)).toBe(commit(two))
    const all = [
      commit(one),
      commit(single),
      commit(one, { origin: 'b/ledger' }),
      commit(one, { exchangeSecret: new Uint8Array(32) }),
    ]
    expect(new Set(all).size).toBe(4)
  })

  it('has salts that differ between logs and exchanges', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (secret) => {
        expect(receiptSalt(secret, 'a/ledger')).not.toEqual(receiptSalt(secret, 'b/ledger'))
        expect(receiptSalt(secret, 'a/ledger').length).toBe(32)
      }),
    )
  })
})
