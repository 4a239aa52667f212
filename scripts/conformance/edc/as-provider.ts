import assert from 'node:assert/strict'
import * as z from 'zod'
import { RemoteCatalog, RemoteDataset } from '../../../schemas/catalog.ts'
import { Negotiation } from '../../../schemas/negotiation.ts'
import { Transfer } from '../../../schemas/transfer.ts'
import { openExchangeNode } from '../../../test/network/exchange-node.ts'
import { openHttpStorage } from '../../../test/network/http-storage.ts'
import { refusalOf } from '../../../test/refusal-of.ts'
import type { Case } from './cases.ts'
import type { Json } from './management.ts'
import { ourTransfer, PARTNER, type Scene } from './scene.ts'

/** Our node asks, the connector provides. */
export function providerCases(scene: Scene, publicEndpoint: string): readonly Case[] {
  return [
    { title: 'our node browses the catalog of EDC and reads a dataset of it', run: () => browses(scene) },
    ...Object.entries(POLICIES).map(([name, policy]) => ({
      title: `our node agrees to an offer of EDC ${name}`,
      run: async () => {
        await agreed(scene, await offered(scene, policy))
      },
    })),
    { title: 'our node refuses an offer of EDC with words that it cannot keep', run: () => refusesWords(scene) },
    {
      title: 'our node refuses an agreement of EDC about another asset, and both sides end alike',
      run: () => otherAsset(scene),
    },
    {
      title: 'a transfer from EDC starts, pauses, goes on and ends; no copy is made of it',
      run: () => transfers(scene),
    },
    { title: 'our node has an asset of EDC pushed to an address', run: () => pushes(scene) },
    {
      title: 'our node reads the data address that EDC starts a transfer with',
      run: () => reads(scene, publicEndpoint),
    },
  ]
}

const use = (...constraint: readonly Json[]) => ({ action: 'use', ...(constraint.length === 0 ? {} : { constraint }) })
const atom = (leftOperand: string, operator: string, rightOperand: unknown) => ({ leftOperand, operator, rightOperand })
const in30Days = new Date(Date.now() + 30 * 86_400_000).toISOString()

const POLICIES: Readonly<Record<string, Json>> = {
  'without a condition': { permission: [use()] },
  'with a window of time': { permission: [use(atom('dateTime', 'lteq', in30Days))] },
  'with a list of purposes and a duty': {
    permission: [use(atom('purpose', 'isAnyOf', ['urn:purpose:research', 'urn:purpose:teaching']))],
    prohibition: [{ action: 'distribute' }],
    obligation: [{ action: 'delete', constraint: [atom('dateTime', 'lteq', in30Days)] }],
  },
  'with a logical condition': {
    permission: [use({ or: [atom('dateTime', 'lteq', in30Days), atom('count', 'lteq', '3')] })],
  },
}

let made = 0

/** An asset of the connector under a policy; the id of the asset. */
async function offered({ edc }: Scene, policy: Json, baseUrl = 'http://localhost:1/'): Promise<string> {
  made += 1
  const [asset, policyId] = [`asset-${made}`, `policy-${made}`]
  const { management } = edc
  await management.post('/assets', {
    '@id': asset,
    properties: { name: `Asset ${made}`, description: 'Of the other connector.', contenttype: 'application/json' },
    dataAddress: { type: 'HttpData', baseUrl },
  })
  await management.post('/policydefinitions', {
    '@id': policyId,
    policy: { '@context': 'http://www.w3.org/ns/odrl.jsonld', '@type': 'Set', ...policy },
  })
  await management.post('/contractdefinitions', {
    '@id': `definition-${made}`,
    accessPolicyId: policyId,
    contractPolicyId: policyId,
    assetsSelector: {
      '@type': 'Criterion',
      operandLeft: 'https://w3id.org/edc/v0.0.1/ns/id',
      operator: '=',
      operandRight: asset,
    },
  })
  return asset
}

async function browses(scene: Scene): Promise<void> {
  const { api } = scene.node
  const asset = await offered(scene, { permission: [use()] })
  const catalog = await api.post('/catalog/browse', { provider: PARTNER }, RemoteCatalog)
  assert.equal(catalog.unreadable, 0)
  const listed = catalog.datasets.find(({ id }) => id === asset)
  assert.equal(listed?.title, `Asset ${made}`)
  const shown = await api.post('/catalog/show', { provider: PARTNER, dataset: asset }, RemoteDataset)
  assert.equal(shown.description, 'Of the other connector.')
  assert.equal(shown.offers.length, 1)
  assert.deepEqual(shown.formats.toSorted(), ['HttpData-PULL', 'HttpData-PUSH'])
}

const PURPOSE = 'urn:purpose:research'

/** FINALIZED on both sides; the agreement of our node. */
async function agreed(scene: Scene, dataset: string): Promise<string> {
  const body = { provider: PARTNER, dataset, purpose: PURPOSE }
  const ours = await scene.node.api.follow('/exchanges', body, { schema: Negotiation })
  assert.equal(ours.state, 'FINALIZED', JSON.stringify(ours.termination))
  await scene.edc.management.reached(`/contractnegotiations/${ours.peerPid}`, ['FINALIZED'])
  assert.equal(ours.agreement?.assigner, PARTNER)
  assert.equal(ours.agreement.assignee, scene.node.did)
  return ours.agreement['@id']
}

async function refusesWords(scene: Scene): Promise<void> {
  const dataset = await offered(scene, { permission: [use(atom('https://w3id.org/edc/v0.0.1/ns/region', 'eq', 'eu'))] })
  const asked = scene.node.api.follow('/exchanges', { provider: PARTNER, dataset }, { schema: Negotiation })
  assert.equal((await refusalOf(asked)).code, 'policy-not-understood')
}

async function otherAsset(scene: Scene): Promise<void> {
  const dataset = await offered(scene, { permission: [use()] })
  const { offers } = await scene.node.api.post('/catalog/show', { provider: PARTNER, dataset }, RemoteDataset)
  const [offer] = offers
  // The connector looks at the id of an offer alone, and agrees to the asset that it belongs to.
  const body = { provider: PARTNER, dataset: 'asset-elsewhere', offer }
  const ours = await scene.node.api.follow('/exchanges', body, { schema: Negotiation })
  assert.equal(ours.state, 'TERMINATED')
  await scene.edc.management.reached(`/contractnegotiations/${ours.peerPid}`, ['TERMINATED'])
}

async function transfers(scene: Scene): Promise<void> {
  const { api } = scene.node
  const { management } = scene.edc
  const agreement = await agreed(scene, await offered(scene, { permission: [use()] }))
  assert.equal((await refusalOf(api.post('/copies', { agreement }, z.unknown()))).code, 'unsupported')
  const { pid } = await api.post('/transfers', { agreement }, Transfer)
  const at = `/transfers/${encodeURIComponent(pid)}`
  const theirs = await startedAt(scene, pid)
  const path = `/transferprocesses/${theirs}`
  await management.reached(path, ['STARTED'])
  await api.post(`${at}/suspension`, { reason: 'a pause' }, z.unknown())
  await management.reached(path, ['SUSPENDED'])
  await ourTransfer(scene.node, theirs, 'SUSPENDED')
  await api.post(`${at}/start`, {}, z.unknown())
  await management.reached(path, ['STARTED'])
  await ourTransfer(scene.node, theirs, 'STARTED')
  await management.post(`${path}/suspend`, { '@type': 'SuspendTransfer', reason: 'maintenance' })
  await ourTransfer(scene.node, theirs, 'SUSPENDED')
  await management.reached(path, ['SUSPENDED'])
  await management.post(`${path}/resume`, {})
  await ourTransfer(scene.node, theirs, 'STARTED')
  await management.reached(path, ['STARTED'])
  await api.post(`${at}/termination`, { reason: 'enough' }, z.unknown())
  await management.reached(path, ['TERMINATED', 'DEPROVISIONED'])
  await ourTransfer(scene.node, theirs, 'TERMINATED')
}

/** The connector's process of a transfer that our node has asked for. */
async function startedAt({ node }: Scene, pid: string): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    const { state, peerPid, termination } = await node.api.get(`/transfers/${encodeURIComponent(pid)}`, Transfer)
    if (state === 'STARTED' && peerPid !== undefined) return peerPid
    assert.notEqual(state, 'TERMINATED', JSON.stringify(termination))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('the transfer is not started')
}

async function pushes(scene: Scene): Promise<void> {
  await using source = await openHttpStorage()
  source.misbehave = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"value":1}')
    return true
  }
  await using storage = await openHttpStorage()
  const agreement = await agreed(scene, await offered(scene, { permission: [use()] }, source.url))
  const to = { kind: 'http', url: `${storage.url}/in`, method: 'POST', headers: { authorization: 'Bearer abc' } }
  const { pid } = await scene.node.api.post('/pushes', { agreement, to }, Transfer)
  const end = await scene.node.api.follow(`/transfers/${encodeURIComponent(pid)}/follow`, {}, { schema: Transfer })
  assert.equal(end.state, 'COMPLETED', JSON.stringify(end.termination))
  assert.deepEqual(
    storage.files.map(({ bytes, headers }) => [bytes.toString(), headers.authorization]),
    [['{"value":1}', 'Bearer abc']],
  )
}

async function reads(scene: Scene, publicEndpoint: string): Promise<void> {
  const agreement = await agreed(scene, await offered(scene, { permission: [use()] }))
  await scene.node.stop()
  await using own = await openExchangeNode(scene.node)
  const { pid } = await own.exchange.transfers.start(agreement)
  const { endpoint, authorization } = await own.exchange.transfers.dataAddress(pid)
  assert.equal(endpoint, publicEndpoint)
  assert.match(authorization, /^Bearer eyJ/)
}
