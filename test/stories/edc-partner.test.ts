import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Space } from '../../schemas/governance.ts'
import { TransferStartMessage } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { type ForeignConnector, openForeignConnector } from '../network/foreign-connector.ts'
import { publishTable } from '../network/published-table.ts'

const EDC = 'edc-partner'
const PAUSE_MS = 200
const Answer = z.looseObject({ providerPid: z.string() })
const Agreed = z.object({ agreement: z.looseObject({ '@id': z.string() }) })

describe('a partner that runs EDC, spoken for by its messages', () => {
  let network: Network
  let edc: ForeignConnector
  let bureau: NetworkNode
  const base = () => `${bureau.publicUrl}/dsp/2025-1`
  const header = (clientId: string, audience: string) => JSON.stringify({ region: 'eu', audience, clientId })

  beforeAll(async () => {
    network = await createNetwork(['bureau'])
    bureau = network.node('bureau')
    edc = await openForeignConnector(header(EDC, base()))
    const sharedSecrets = { theirs: header(EDC, base()), ours: header(bureau.did, edc.origin) }
    const peer = { participantId: EDC, address: edc.origin, pauseMs: PAUSE_MS, awaitsStart: true, sharedSecrets }
    writeFileSync(join(bureau.dataDir, 'peers.json'), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
    await bureau.restart()
    await bureau.api.post('/space', { name: 'Seed space' }, Space)
  })
  afterAll(async () => {
    await edc[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  it('agrees to an offer for several partners, is not answered before it is ready, gets every file with the bare token, and a new one when it goes on after a pause', async () => {
    const offers = [{ partners: ['did:web:other.example', EDC] }]
    const { id: target, resources, ...dataset } = await publishTable(bureau, { name: 'edc', rows: 200, offers })
    const [own] = dataset.offers
    const recipient = {
      leftOperand: 'odrl:recipient',
      operator: 'isAnyOf',
      rightOperand: `[{"@value":"did:web:other.example"},{"@value":"${EDC}"}]`,
    }
    const permission = [{ action: 'use', constraint: [recipient] }]
    const consumerPid = randomUUID()
    const opened = await edc.send(`${base()}/negotiations/request`, {
      '@id': randomUUID(),
      '@type': 'ContractRequestMessage',
      consumerPid,
      callbackAddress: edc.origin,
      offer: { ...own, permission, assigner: bureau.did, target },
    })
    const answered = performance.now()
    expect(opened.status).toBe(201)
    const { providerPid } = Answer.parse(opened.body)
    const { body } = await edc.message('ContractAgreementMessage')
    expect(performance.now() - answered).toBeGreaterThan(PAUSE_MS / 2)
    expect(body).toMatchObject({ agreement: { permission: own?.permission, assigner: bureau.did, assignee: EDC } })
    const verification = { '@id': randomUUID(), '@type': 'ContractAgreementVerificationMessage' }
    const pids = { providerPid, consumerPid }
    await edc.send(`${base()}/negotiations/${providerPid}/agreement/verification`, { ...verification, ...pids })
    await edc.message('ContractNegotiationEventMessage')

    const requested = await edc.send(`${base()}/transfers/request`, {
      '@id': randomUUID(),
      '@type': 'TransferRequestMessage',
      agreementId: Agreed.parse(body).agreement['@id'],
      format: 'HttpData-PULL',
      callbackAddress: edc.origin,
      consumerPid: randomUUID(),
    })
    expect(requested.status).toBe(201)
    const start = TransferStartMessage.parse((await edc.message('TransferStartMessage')).body)
    const named = (name: string) =>
      start.dataAddress?.endpointProperties?.find((each) => each.name === `https://w3id.org/edc/v0.0.1/ns/${name}`)
        ?.value ?? ''
    for (const { name, size } of resources) {
      const url = `${named('endpoint')}/${name}`
      const got = await fetch(url, { headers: { authorization: named('authorization') } })
      expect([got.status, (await got.arrayBuffer()).byteLength]).toEqual([200, size])
      expect((await fetch(url, { headers: { authorization: `${named('authorization')}x` } })).status).toBe(401)
    }

    const process = { providerPid: start.providerPid, consumerPid: start.consumerPid }
    const at = `${base()}/transfers/${start.providerPid}`
    const pause = { '@id': randomUUID(), '@type': 'TransferSuspensionMessage', ...process, reason: ['a pause'] }
    expect((await edc.send(`${at}/suspension`, pause)).status).toBe(200)
    const wish = { '@id': randomUUID(), '@type': 'TransferStartMessage', ...process }
    expect((await edc.send(`${at}/start`, wish)).status).toBe(200)
    await expect.poll(() => edc.received.filter(({ path }) => path.endsWith('/start')).length).toBe(2)
    const fresh = TransferStartMessage.parse(edc.received.findLast(({ path }) => path.endsWith('/start'))?.body)
    expect(fresh.dataAddress?.endpoint).toBe(start.dataAddress?.endpoint)
    expect(fresh.dataAddress).not.toEqual(start.dataAddress)
  })
})
