import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { EvidenceItem } from '../../schemas/evidence.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, publish } from '../network/exchange-helpers.ts'
import { type ForeignConnector, openForeignConnector } from '../network/foreign-connector.ts'
import { tanemaki } from '../run-command.ts'
import { Catalog } from '../../schemas/catalog.ts'

const ACME = 'urn:connector:acme'
const Pids = z.looseObject({ providerPid: z.string(), state: z.string() })

describe('a partner of another make, configured in peers.json', () => {
  let network: Network
  let acme: ForeignConnector
  let bureau: NetworkNode
  /** The exchange that the tests before have brought to its end. */
  let negotiated = ''
  const theirs = `Token ${randomBytes(24).toString('base64url')}`
  const ours = `Token ${randomBytes(24).toString('base64url')}`
  const base = () => `${bureau.publicUrl}/dsp/2025-1`

  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'])
    await joinAll(network)
    bureau = network.node('bureau')
    acme = await openForeignConnector(theirs)
    const peer = { participantId: ACME, address: acme.origin, sharedSecrets: { theirs, ours } }
    writeFileSync(join(bureau.dataDir, 'peers.json'), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
    await bureau.restart()
  })
  afterAll(async () => {
    await acme[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
  })

  const browse = async () =>
    Catalog.parse((await acme.send(`${base()}/catalog/request`, { '@type': 'CatalogRequestMessage' })).body)
  async function ask(dataset: Awaited<ReturnType<typeof publish>>, callbackAddress = acme.origin) {
    const consumerPid = randomUUID()
    const answer = await acme.send(`${base()}/negotiations/request`, {
      '@type': 'ContractRequestMessage',
      consumerPid,
      callbackAddress,
      offer: { ...dataset.offers[0], target: dataset.id },
    })
    return { consumerPid, answer }
  }

  it('sees what is offered to it by name, and nothing that is for members', async () => {
    const named = await publish(bureau, [{ partners: [ACME] }])
    const members = await publish(bureau, [{}])
    const ids = ((await browse()).dataset ?? []).map((dataset) => (dataset as { '@id': string })['@id'])
    expect(ids).toContain(named.id)
    expect(ids).not.toContain(members.id)
  })

  it('negotiates and gets a data address, and hears from this node with the secret that was agreed on', async () => {
    const dataset = await publish(bureau, [{ partners: [ACME] }])
    const { consumerPid, answer } = await ask(dataset)
    expect(answer.status).toBe(201)
    const { providerPid } = Pids.parse(answer.body)
    const { body, authorization } = await acme.message('ContractAgreementMessage')
    expect(authorization).toBe(ours)
    expect(body).toMatchObject({
      consumerPid,
      agreement: {
        assigner: bureau.did,
        assignee: ACME,
        target: dataset.id,
        permission: dataset.offers[0]?.permission,
      },
    })
    const verification = { '@type': 'ContractAgreementVerificationMessage', providerPid, consumerPid }
    const path = `${base()}/negotiations/${encodeURIComponent(providerPid)}`
    expect((await acme.send(`${path}/agreement/verification`, verification)).status).toBe(200)
    expect((await acme.message('ContractNegotiationEventMessage')).body).toMatchObject({ eventType: 'FINALIZED' })
    const agreementId = z.object({ agreement: z.object({ '@id': z.string() }) }).parse(body).agreement['@id']
    const request = {
      '@type': 'TransferRequestMessage',
      consumerPid: randomUUID(),
      agreementId,
      format: 'HttpData-PULL',
      callbackAddress: acme.origin,
    }
    expect((await acme.send(`${base()}/transfers/request`, request)).status).toBe(201)
    const start = await acme.message('TransferStartMessage')
    expect(start.body['dataAddress']).toMatchObject({
      '@type': 'DataAddress',
      endpoint: expect.stringContaining('/data/'),
    })
    const shown = await bureau.api.get(`/exchanges/${encodeURIComponent(providerPid)}`, Negotiation)
    expect([shown.state, shown.peer]).toEqual(['FINALIZED', ACME])
    negotiated = providerPid
  })

  it('leaves what it cannot give missing in the evidence of the exchange, with the reason', async () => {
    const { code, out } = await tanemaki(['--json', '--data', bureau.dataDir, 'exchange', 'show', negotiated])
    expect(code).toBe(0)
    const { evidence } = z.object({ evidence: z.array(EvidenceItem) }).parse(JSON.parse(out))
    const reason = 'The partner is not named by a DID, so no receipt can name it.'
    expect(evidence).toMatchObject([
      { evidence: 'agreement', state: 'held' },
      { evidence: 'manifest', state: 'missing', reason: 'The dataset had none when it was agreed on.' },
      { evidence: 'AgreementFinalized', state: 'missing', reason },
      { evidence: 'TransferStarted', state: 'missing', reason },
      { evidence: 'TransferCompleted', state: 'not-yet', reason: 'The transfer is not complete.' },
    ])
    const people = await tanemaki(['--data', bureau.dataDir, 'exchange', 'show', negotiated])
    expect(people.out).toMatch(/receipt 1, agreement +missing +The partner is not named by a DID/)
  })

  it('is asked by this node at the address of its profile', async () => {
    const dataset = await publish(bureau, [{ partners: [ACME] }])
    acme.answer = ({ body, path }) =>
      path === '/negotiations/offers'
        ? {
            status: 201,
            body: JSON.stringify({
              '@type': 'ContractNegotiation',
              '@context': body['@context'],
              consumerPid: 'acme-1',
              providerPid: body['providerPid'],
              state: 'OFFERED',
            }),
          }
        : { status: 200 }
    const { pid } = await bureau.api.post('/exchanges/offers', { partner: ACME, dataset: dataset.id }, Negotiation)
    await network.settle()
    const shown = await bureau.api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)
    expect([shown.state, shown.peerPid]).toEqual(['OFFERED', 'acme-1'])
    expect((await acme.message('ContractOfferMessage')).authorization).toBe(ours)
  })

  it('is nobody without its secret, and nobody else may use its name or its processes', async () => {
    const dataset = await publish(bureau, [{ partners: [ACME] }])
    const catalog = { '@type': 'CatalogRequestMessage' }
    for (const header of [ours, theirs.slice(0, -1), `${theirs}x`, 'Bearer x', JSON.stringify({ clientId: ACME })]) {
      expect((await acme.send(`${base()}/catalog/request`, catalog, header)).status).toBe(401)
    }
    const elsewhere = await ask(dataset, 'http://localhost:1/callback')
    expect(elsewhere.answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
    const strange = await acme.send(`${network.node('lab').publicUrl}/dsp/2025-1/catalog/request`, catalog)
    expect(strange.status).toBe(401)
  })
})
