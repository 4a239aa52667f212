import { describe, expect, it } from 'vitest'
import { exampleExchange } from '../../test/example-exchange.ts'
import { ReceiptWorld } from '../../test/receipt-parties.ts'
import { receiptCommitment } from '../../protocol/ledger/receipt.ts'
import { receiptEntry } from '../../protocol/ledger/leaf.ts'
import { parseVkey } from '../../protocol/ledger/signed-note.ts'
import { parseTlogProof, verifyTlogProof } from '../../protocol/ledger/tlog-proof.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Did } from '../../schemas/ids.ts'
import { openSecret, receiptIn } from './receipt-signing.ts'

async function world() {
  const space = new ReceiptWorld()
  const provider = await space.join('bureau')
  const consumer = await space.join('lab')
  return {
    space,
    provider,
    consumer,
    exchange: (id: string) => exampleExchange(id, { provider: provider.did, consumer: consumer.did }),
  }
}

describe('receipts of an exchange', () => {
  it('are the same at both parties, signed by both, chained, and committed to in both logs', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    const { agreed, started, completed } = exchange('urn:uuid:1')
    await consumer.propose(agreed)
    await space.settle()
    await provider.propose(started)
    await space.settle()
    await consumer.propose(completed)
    await space.settle()
    const [theirs, ours] = [
      await consumer.receipts.ofExchange('urn:uuid:1'),
      await provider.receipts.ofExchange('urn:uuid:1'),
    ]
    expect(theirs.map(({ type, state }) => [type, state])).toEqual([
      ['AgreementFinalized', 'co-signed'],
      ['TransferStarted', 'co-signed'],
      ['TransferCompleted', 'co-signed'],
    ])
    expect(ours).toEqual(theirs)
    for (const { id, envelope, receipt } of theirs) {
      expect(envelope.signatures.length).toBe(2)
      for (const party of [provider, consumer]) {
        const sealed = await party.store.sealedSecret(receipt.exchangeId)
        const exchangeSecret = await openSecret(party, receipt.exchangeId, sealed ?? new Uint8Array(0))
        const commitment = receiptCommitment(envelope, { exchangeSecret, origin: party.ledger.origin })
        const proof = parseTlogProof((await party.ledger.proof('receipt', id)) ?? '')
        const key = parseVkey(await party.ledger.vkey())
        if (proof === undefined || key === undefined || commitment === undefined) throw new Error('no proof')
        expect(verifyTlogProof(proof, { entry: receiptEntry(commitment), key })?.origin).toBe(party.ledger.origin)
      }
    }
    expect(await consumer.blobs.list('copies')).toEqual(
      [1, 2, 3].map((seq) => `copies/example/receipts/${seq}.dsse.json`),
    )
    const [first, second, third] = theirs
    expect(second?.receipt.prev).toBe(first?.id)
    expect(third?.receipt.prev).toBe(second?.id)
    expect(third?.receipt).toMatchObject({ pairSeq: 2, pairPrev: first?.id })
    expect(second?.receipt.proofs.map(({ log }) => log)).toEqual([provider.ledger.origin])
    expect((await consumer.store.proofs(first?.id ?? '')).map(({ log }) => log)).toEqual([provider.ledger.origin])
    expect((await provider.store.proofs(second?.id ?? '')).map(({ log }) => log)).toEqual([consumer.ledger.origin])
  })

  it('wait for what must be signed before them', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    const { agreed, started, completed } = exchange('urn:uuid:1')
    await provider.propose(started)
    await consumer.propose(agreed)
    await consumer.propose(completed)
    await expect
      .poll(() => provider.receipts.ofExchange('urn:uuid:1').then((all) => all.map(({ type }) => type)), {
        timeout: 5000,
      })
      .toEqual(['AgreementFinalized', 'TransferStarted', 'TransferCompleted'])
  })

  it('are made once, however often requests, answers and proposals are lost or repeated', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    let passed = 0
    space.wire = () => {
      passed += 1
      if (passed % 4 === 1) throw new Error('lost')
    }
    for (const id of ['urn:uuid:1', 'urn:uuid:2']) {
      const { agreed, started } = exchange(id)
      await consumer.propose(agreed)
      await consumer.propose(agreed)
      await provider.propose(started)
    }
    const types = async (id: string) => (await provider.receipts.ofExchange(id)).map(({ type }) => type)
    for (const id of ['urn:uuid:1', 'urn:uuid:2']) {
      await expect.poll(() => types(id), { timeout: 10_000 }).toEqual(['AgreementFinalized', 'TransferStarted'])
      await expect.poll(async () => (await consumer.receipts.ofExchange(id)).length, { timeout: 10_000 }).toBe(2)
      expect(await consumer.receipts.ofExchange(id)).toEqual(await provider.receipts.ofExchange(id))
    }
    expect((await provider.store.pairHead(consumer.did, 'counterpart')).seq).toBe(2)
    expect((await consumer.store.pairHead(provider.did, 'self')).seq).toBe(2)
  }, 20_000)

  it('with a party that does not know the facts wait; with one that knows better they stay single', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    let asked = 0
    provider.expectation = async () => {
      asked += 1
      return asked < 3 ? { code: 'conflict', detail: 'not yet', hint: '' } : undefined
    }
    await consumer.propose(exchange('urn:uuid:1').agreed)
    await expect.poll(async () => (await provider.receipts.ofExchange('urn:uuid:1')).length, { timeout: 5000 }).toBe(1)
    provider.expectation = async () => ({ code: 'not-found', detail: 'no such agreement', hint: '' })
    await consumer.propose(exchange('urn:uuid:2').agreed)
    await expect
      .poll(async () => (await consumer.receipts.ofExchange('urn:uuid:2')).map(({ state }) => state), { timeout: 5000 })
      .toEqual(['refused'])
    expect(await provider.receipts.ofExchange('urn:uuid:2')).toEqual([])
    provider.expectation = async () => undefined
    await consumer.propose(exchange('urn:uuid:3').agreed)
    await expect.poll(async () => (await provider.receipts.ofExchange('urn:uuid:3')).length, { timeout: 5000 }).toBe(1)
  })

  it('with a counterpart without the service are signed alone and logged', async () => {
    const space = new ReceiptWorld()
    await using _ = space
    const provider = await space.join('bureau')
    const foreign = await space.join('foreign', { receiptService: false })
    const { started } = exampleExchange('urn:uuid:1', { provider: provider.did, consumer: foreign.did })
    await provider.propose(started)
    await space.settle()
    const [single] = await provider.receipts.ofExchange('urn:uuid:1')
    expect(single?.state).toBe('single')
    expect(single?.envelope.signatures.length).toBe(1)
    expect(await provider.ledger.proof('receipt', single?.id ?? '')).toBeDefined()
  })
})

describe('a receipt service', () => {
  const refusedWith = async (work: Promise<unknown>) => {
    const error: unknown = await work.catch((reason: unknown) => reason)
    return error instanceof Refused ? error.refusal.code : error
  }

  it('gives the same answer to the same proposal, and none to a changed or foreign one', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    const requests: { from: Did; body: unknown }[] = []
    const service = { ...provider.receipts }
    const countersign = (from: Did, body: unknown) => service.countersign(from, body)
    Object.assign(provider.receipts, {
      countersign: (from: Did, body: unknown) => {
        requests.push({ from, body: structuredClone(body) })
        return countersign(from, body)
      },
    })
    await consumer.propose(exchange('urn:uuid:1').agreed)
    await space.settle()
    const [sent] = requests
    const body = sent?.body as { envelope: { payload: string; signatures: { sig: string }[] } }
    const answer = await countersign(consumer.did, body)
    expect(receiptIn(answer.envelope)?.id).toBe((await provider.receipts.ofExchange('urn:uuid:1'))[0]?.id)
    expect(await countersign(consumer.did, body)).toEqual(answer)
    const stranger = await space.join('stranger')
    expect(await refusedWith(countersign(stranger.did, body))).toBe('receipt-refused')
    expect(await refusedWith(stranger.receipts.countersign(consumer.did, body))).toBe('receipt-refused')
    expect(await refusedWith(countersign(consumer.did, { envelope: 1 }))).toBe('invalid-request')
    const other = Buffer.from(body.envelope.payload, 'base64').toString().replace('"seq":1', '"seq":2')
    const forged = { ...body, envelope: { ...body.envelope, payload: Buffer.from(other).toString('base64') } }
    expect(await refusedWith(countersign(consumer.did, forged))).toBe('receipt-refused')
  })

  it('refuses a second history of an exchange', async () => {
    const { space, provider, consumer, exchange } = await world()
    await using _ = space
    await consumer.propose(exchange('urn:uuid:1').agreed)
    await space.settle()
    const double = await space.join('lab', { amnesia: true })
    await double.propose(exchange('urn:uuid:1').agreed)
    await expect.poll(async () => (await double.store.pending(provider.did))?.seq, { timeout: 3000 }).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await double.receipts.ofExchange('urn:uuid:1')).toEqual([])
    expect(await provider.receipts.ofExchange('urn:uuid:1')).toEqual(await consumer.receipts.ofExchange('urn:uuid:1'))
  })
})
