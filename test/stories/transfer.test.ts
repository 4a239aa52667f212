import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import type { OfferTermsInput } from '../../schemas/policy.ts'
import { type ExchangeNode, openExchangeNode } from '../network/exchange-node.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { joinAll, publish, voiceOf } from '../network/exchange-helpers.ts'

const refusalOf = (error: unknown) => (error instanceof Refused ? error.refusal : error)

describe('a transfer between two nodes', () => {
  let network: Network
  let bureau: ExchangeNode
  let lab: ExchangeNode
  const offers: Record<string, string> = {}
  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab', 'rival'])
    await joinAll(network)
    const terms: Record<string, OfferTermsInput> = {
      open: {},
      twice: { pulls: 2 },
      withdrawn: {},
      paused: {},
      raced: { pulls: 1 },
    }
    for (const [name, term] of Object.entries(terms)) {
      offers[name] = (await publish(network.node('bureau'), [term])).id
    }
    await network.node('bureau').stop()
    await network.node('lab').stop()
    bureau = await openExchangeNode(network.node('bureau'))
    lab = await openExchangeNode(network.node('lab'))
  })
  afterAll(async () => {
    await bureau[Symbol.asyncDispose]()
    await lab[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  async function agree(name: string): Promise<string> {
    const { negotiations } = lab.exchange
    const { pid } = await negotiations.request({ provider: bureau.did, dataset: offers[name] ?? '' })
    for await (const process of negotiations.watch(pid)) {
      if (process.state === 'FINALIZED') return process.agreement?.['@id'] ?? ''
      expect(process.state).not.toBe('TERMINATED')
    }
    return expect.fail('the negotiation did not end')
  }
  async function pull(agreement: string) {
    const { pid } = await lab.exchange.transfers.start(agreement)
    const access = await lab.exchange.transfers.dataAddress(pid)
    const token = access.authorization.replace('Bearer ', '')
    const transferId = decodeURIComponent(access.endpoint.split('/data/')[1] ?? '')
    return { pid, token, transferId }
  }
  const may = async (token: string, transferId: string) => {
    const access = await bureau.exchange.transfers.resolveAccess(token, transferId)
    return 'code' in access ? access.code : 'yes'
  }
  const settled = async () => {
    await lab.settle()
    await bureau.settle()
  }
  const stateAt = async (node: ExchangeNode, pid: string) => (await node.exchange.transfers.get(pid))?.state

  it('starts with a token that opens this transfer and no other, and ends it with the transfer (A1)', async () => {
    const agreement = await agree('open')
    const first = await pull(agreement)
    expect(await may(first.token, first.transferId)).toBe('yes')
    expect(await may('guess', first.transferId)).toBe('unauthorized')
    expect(await may(first.token, 'urn:uuid:other')).toBe('unauthorized')
    expect((await lab.exchange.transfers.start(agreement)).pid).toBe(first.pid)
    await lab.exchange.transfers.complete(first.pid)
    await settled()
    expect([await stateAt(lab, first.pid), await stateAt(bureau, first.transferId)]).toEqual(['COMPLETED', 'COMPLETED'])
    expect(await may(first.token, first.transferId)).toBe('unauthorized')
  })

  it('stores of the token nothing but its digest at the provider (A1)', async () => {
    const { token, transferId } = await pull(await agree('open'))
    const rows = JSON.stringify(bureau.ports.db.orm.all('select * from transfers'))
    expect(rows).toContain(transferId)
    expect(rows).not.toContain(token)
  })

  it('gives a new token for a pause of the consumer, and the old one opens nothing any more (A3)', async () => {
    const { pid, token, transferId } = await pull(await agree('open'))
    const renewed = (await lab.exchange.transfers.renew(pid)).authorization.replace('Bearer ', '')
    expect(renewed).not.toBe(token)
    expect(await may(renewed, transferId)).toBe('yes')
    expect(await may(token, transferId)).toBe('unauthorized')
    await settled()
    expect(await stateAt(bureau, transferId)).toBe('STARTED')
  })

  it('starts as often as the agreement allows and says why not again', async () => {
    const agreement = await agree('twice')
    for (const _ of [1, 2]) {
      const { pid } = await pull(agreement)
      await lab.exchange.transfers.complete(pid)
      await settled()
    }
    expect(await pull(agreement).catch(refusalOf)).toMatchObject({
      code: 'peer-refused',
      detail: expect.stringContaining('This would be pull 3; allowed: 2.'),
    })
  })

  it('counts two requests that arrive at once as two', async () => {
    const agreement = await agree('raced')
    const voice = await voiceOf(network.node('lab'))
    const answers = await Promise.all(
      [1, 2, 3].map((n) =>
        voice.send(network.node('bureau'), '/transfers/request', {
          '@type': 'TransferRequestMessage',
          consumerPid: `urn:uuid:raced-${n}`,
          agreementId: agreement,
          format: 'HttpData-PULL',
          callbackAddress: voice.callbackAddress,
        }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    const said = async () =>
      (await bureau.exchange.transfers.list())
        .filter((transfer) => transfer.agreementId === agreement)
        .map((transfer) => transfer.pending?.says ?? transfer.state)
        .toSorted()
    await expect.poll(said).toEqual(['TERMINATED', 'TERMINATED', 'start'])
    voice.close()
  })

  it('stops at once when the provider suspends, and goes on when the provider says so', async () => {
    const { pid, token, transferId } = await pull(await agree('paused'))
    await settled()
    await bureau.exchange.transfers.suspend(transferId, 'maintenance')
    expect(await may(token, transferId)).toBe('transfer-not-running')
    await settled()
    expect(await lab.exchange.transfers.dataAddress(pid).catch(refusalOf)).toMatchObject({
      code: 'transfer-not-running',
      detail: expect.stringContaining('maintenance'),
    })
    await bureau.exchange.transfers.resume(transferId)
    await settled()
    const again = await lab.exchange.transfers.dataAddress(pid)
    expect(await may(again.authorization.replace('Bearer ', ''), transferId)).toBe('yes')
  })

  it('ends with the wrong chunk named to the provider', async () => {
    const { pid, transferId } = await pull(await agree('open'))
    await lab.exchange.transfers.fail(pid, { resource: 'part-0001.parquet', chunk: 7 })
    await settled()
    const ended = await bureau.exchange.transfers.get(transferId)
    expect(ended?.state).toBe('TERMINATED')
    expect(ended?.termination).toMatchObject({
      by: 'consumer',
      code: 'wrong-bytes',
      reasons: ['Chunk 7 of part-0001.parquet is not what the manifest says.'],
    })
  })

  it('ends for all when the dataset is withdrawn from all use', async () => {
    const agreement = await agree('withdrawn')
    const { pid, token, transferId } = await pull(agreement)
    await bureau.exchange.transfers.endUse(offers['withdrawn'] ?? '', 'a flaw was found')
    expect(await may(token, transferId)).not.toBe('yes')
    await settled()
    expect(await stateAt(lab, pid)).toBe('TERMINATED')
    expect(await pull(agreement).catch(refusalOf)).toMatchObject({
      detail: expect.stringContaining('a flaw was found'),
    })
  })

  it('is refused to a member under the agreement of another, in an unknown format, and answers 404 to others', async () => {
    const agreement = await agree('open')
    const { transferId, pid } = await pull(agreement)
    const [rival, own] = [await voiceOf(network.node('rival')), await voiceOf(network.node('lab'))]
    const request = { '@type': 'TransferRequestMessage', consumerPid: 'urn:uuid:r', agreementId: agreement }
    const to = network.node('bureau')
    const foreign = { ...request, format: 'HttpData-PULL', callbackAddress: rival.callbackAddress }
    expect(await rival.send(to, '/transfers/request', foreign)).toMatchObject({
      status: 400,
      body: { '@type': 'TransferError' },
    })
    const push = { ...request, format: 'AmazonS3-PUSH', callbackAddress: own.callbackAddress }
    expect((await own.send(to, '/transfers/request', push)).status).toBe(400)
    expect((await rival.send(to, `/transfers/${encodeURIComponent(transferId)}`)).status).toBe(404)
    const start = { '@type': 'TransferStartMessage', providerPid: transferId, consumerPid: pid }
    expect(await own.send(to, `/transfers/${encodeURIComponent(transferId)}/start`, start)).toMatchObject({
      status: 400,
      body: { '@type': 'TransferError', code: 'illegal-transition', providerPid: transferId, consumerPid: pid },
    })
    rival.close()
    own.close()
  })
})
