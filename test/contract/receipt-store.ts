import { describe, expect, it } from 'vitest'
import type { ReceiptStore } from '../../node/ledger/receipt-store.ts'
import { type ChainHead, buildReceipt, emptyChain, proposalKey, receiptPayload } from '../../protocol/ledger/receipt.ts'
import { sha256Hex, toBase64 } from '../../protocol/canonical/hash.ts'
import { Did, Instant, Sha256 } from '../../schemas/ids.ts'
import { RECEIPT_PAYLOAD_TYPE, ReceiptProposal, ReceiptRecord, type ReceiptState } from '../../schemas/ledger.ts'

export interface ReceiptStoreUnderTest {
  readonly store: ReceiptStore
  /** Jobs and leaves that were committed. */
  readonly effects: () => { jobs: number; leaves: number }
}

const digest = (fill: string) => Sha256.parse(fill.repeat(64))
const [bureau, lab] = [Did.parse('did:web:bureau.example'), Did.parse('did:web:lab.example')]
let nonce = 0

function receiptOf(
  exchangeId: string,
  chains: { exchange: ChainHead; pair: ChainHead; state?: ReceiptState; at?: number },
) {
  const proposal = ReceiptProposal.parse({
    type: 'AgreementFinalized',
    exchangeId,
    provider: bureau,
    consumer: lab,
    agreement: { id: exchangeId, sha256: digest('a') },
    manifestId: null,
    offer: { sha256: digest('c') },
    body: { duties: [{ action: `duty-${chains.exchange.seq}` }] },
  })
  const at = Instant.parse(new Date(chains.at ?? 1000).toISOString())
  const receipt = buildReceipt(proposal, {
    ...chains,
    provider: { did: bureau, keyId: null, log: null },
    consumer: { did: lab, keyId: null, log: null },
    at,
    notAfter: at,
    nonce: new Uint8Array(16).fill((nonce += 1)),
    proofs: [],
  })
  const payload = receiptPayload(receipt)
  const envelope = {
    payload: toBase64(payload),
    payloadType: RECEIPT_PAYLOAD_TYPE,
    signatures: [{ keyid: 'k', sig: toBase64(new Uint8Array(64)) }],
  }
  const id = sha256Hex(payload)
  const record = ReceiptRecord.parse({
    id,
    exchangeId,
    type: proposal.type,
    state: chains.state ?? 'co-signed',
    receipt,
    envelope,
  })
  return {
    record,
    counterpart: lab,
    proposer: 'self' as const,
    factsKey: proposalKey(proposal),
    proofs: [],
    document: { id: lab },
  }
}

const leaf = (ref: string) => ({ leaves: [{ kind: 'receipt', ref, bytes: new Uint8Array(64) }] })

/** What every persistence of receipts must do. */
export function receiptStoreContract(open: () => ReceiptStoreUnderTest): void {
  describe('a receipt store', () => {
    it('keeps a receipt that continues both chains, with its commitment', async () => {
      const { store, effects } = open()
      const first = receiptOf('e1', { exchange: emptyChain, pair: emptyChain })
      expect(await store.record(first, leaf('1'))).toBe('committed')
      expect(await store.exchangeHead('e1')).toEqual({ seq: 1, id: first.record.id })
      expect(await store.pairHead(lab, 'self')).toEqual({ seq: 1, id: first.record.id })
      expect(await store.pairHead(lab, 'counterpart')).toEqual(emptyChain)
      expect(await store.byId(first.record.id)).toEqual(first.record)
      expect(await store.hasFacts(first.factsKey)).toBe(true)
      expect(effects()).toEqual({ jobs: 0, leaves: 1 })
    })

    it('refuses what leaves a gap, forks a chain, or is known', async () => {
      const { store, effects } = open()
      const first = receiptOf('e1', { exchange: emptyChain, pair: emptyChain })
      await store.record(first, leaf('1'))
      const head = { seq: 1, id: first.record.id }
      const wrong = [
        first,
        receiptOf('e1', { exchange: emptyChain, pair: head }),
        receiptOf('e1', { exchange: { seq: 1, id: digest('9') }, pair: head }),
        receiptOf('e1', { exchange: { seq: 2, id: first.record.id }, pair: head }),
        receiptOf('e1', { exchange: head, pair: emptyChain }),
        receiptOf('e2', { exchange: emptyChain, pair: { seq: 1, id: digest('9') } }),
      ]
      for (const receipt of wrong) expect(await store.record(receipt, leaf('x'))).toBe('conflict')
      expect(effects().leaves).toBe(1)
      expect(await store.record(receiptOf('e1', { exchange: head, pair: head }), leaf('2'))).toBe('committed')
    })

    it('keeps a refused receipt beside the chains', async () => {
      const { store } = open()
      const refused = receiptOf('e1', { exchange: emptyChain, pair: emptyChain, state: 'refused' })
      expect(await store.record(refused, {})).toBe('committed')
      expect(await store.exchangeHead('e1')).toEqual(emptyChain)
      expect(await store.pairHead(lab, 'self')).toEqual(emptyChain)
      expect((await store.ofExchange('e1')).map(({ state }) => state)).toEqual(['refused'])
    })

    it('holds one pending proposal per counterpart until it is answered', async () => {
      const { store } = open()
      const { record, factsKey, ...rest } = receiptOf('e1', { exchange: emptyChain, pair: emptyChain })
      const pending = {
        counterpart: lab,
        id: record.id,
        exchangeId: 'e1',
        seq: 1,
        factsKey,
        envelope: record.envelope,
        proofs: ['p'],
      }
      await store.savePending(pending, Uint8Array.of(1, 2))
      expect(await store.pending(lab)).toEqual(pending)
      expect(await store.pending(bureau)).toBeUndefined()
      expect(await store.sealedSecret('e1')).toEqual(Uint8Array.of(1, 2))
      await store.record({ record, factsKey, ...rest, sealedSecret: Uint8Array.of(3) }, {})
      expect(await store.pending(lab)).toBeUndefined()
      expect(await store.sealedSecret('e1')).toEqual(Uint8Array.of(1, 2))
    })

    it('finds receipts by time, newest first, and their exchanges', async () => {
      const { store } = open()
      let pair: ChainHead = emptyChain
      for (const [exchangeId, at] of [
        ['e1', 1000],
        ['e2', 2000],
        ['e3', 3000],
      ] as const) {
        const receipt = receiptOf(exchangeId, { exchange: emptyChain, pair, at })
        await store.record(receipt, {})
        pair = { seq: pair.seq + 1, id: receipt.record.id }
      }
      expect((await store.list({ limit: 2 })).map(({ exchangeId }) => exchangeId)).toEqual(['e3', 'e2'])
      expect((await store.list({ limit: 9, before: 2000 })).map(({ exchangeId }) => exchangeId)).toEqual(['e1'])
      expect(await store.exchangesBetween(2000, 3000, 9)).toEqual(['e2', 'e3'])
      expect(await store.exchangesBetween(0, 9000, 1)).toEqual(['e1'])
    })

    it('keeps the proofs that the counterpart sent', async () => {
      const { store } = open()
      const receipt = receiptOf('e1', { exchange: emptyChain, pair: emptyChain })
      const proof = { receiptId: digest('7'), log: 'lab.example/ledger', proof: 'text' }
      await store.record({ ...receipt, proofs: [proof] }, {})
      expect(await store.proofs(digest('7'))).toEqual([proof])
      expect(await store.documents(lab)).toEqual([{ document: { id: lab }, retrievedAt: 1000 }])
      expect(await store.documents(bureau)).toEqual([])
    })

    it('commits jobs alone', async () => {
      const { store, effects } = open()
      await store.enqueue({ jobs: [{ queue: 'q', key: 'k', payload: {} }] })
      expect(effects()).toEqual({ jobs: 1, leaves: 0 })
    })
  })
}
