import { readFileSync } from 'node:fs'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import * as z from 'zod'
import { blobsFolder } from '../../../node/config/data-folder.ts'
import type { DatasetRecord } from '../../../schemas/datasets.ts'
import type { OfferTermsInput } from '../../../schemas/policy.ts'
import type { NetworkNode } from '../../../test/network/create-network.ts'
import { openHttpStorage } from '../../../test/network/http-storage.ts'
import type { Case } from './cases.ts'
import type { Json } from './management.ts'
import {
  EDC_NAMESPACE,
  headerOf,
  listOf,
  negotiate,
  ourNegotiation,
  ourTransfer,
  PARTNER,
  partyOf,
  settled,
  type Scene,
} from './scene.ts'

/** The connector asks, our node provides. */
export function consumerCases(scene: Scene): readonly Case[] {
  const { edc, node } = scene
  return [
    { title: 'EDC reads our catalog, whole and by a QuerySpec', run: () => readsCatalog(scene) },
    ...Object.entries(TERMS).map(([name, terms]) => ({
      title: `EDC agrees to an offer ${name}`,
      run: async () => {
        await agreed(scene, await scene.publish(node, terms))
      },
    })),
    {
      title: 'EDC states no purpose: an offer for a purpose is refused with the reason, and both sides end alike',
      run: async () => {
        const dataset = await scene.publish(node, { purposes: ['urn:tanemaki:purpose:research:v1'] })
        const pid = await negotiate(scene, node, dataset.id)
        const ended = await edc.management.reached(`/contractnegotiations/${pid}`, ['TERMINATED', 'FINALIZED'])
        const ours = await ourNegotiation(node, pid, 'TERMINATED')
        assert.equal(ours.termination?.code, 'policy-denied')
        assert.equal(ended['state'], 'TERMINATED')
      },
    },
    { title: 'EDC negotiates sixty times, thirty of them at once', run: () => negotiatesOften(scene) },
    { title: 'EDC pulls: every file by the data address of its EDR cache', run: () => pulls(scene) },
    {
      title: 'EDC suspends a pull, goes on with a new token, terminates it, and begins another one',
      run: () => pauses(scene),
    },
    { title: 'our node suspends a pull of EDC, goes on, and terminates it', run: () => isPaused(scene) },
    { title: 'EDC has the dataset pushed to an address', run: () => isPushedTo(scene) },
    { title: 'a withdrawn dataset ends the running pull of EDC', run: () => withdrawn(scene) },
  ]
}

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
const TERMS: Readonly<Record<string, OfferTermsInput>> = {
  'that names it': {},
  'that names it among others': { partners: ['did:web:other.example', 'edc-partner'] },
  'with a window of time': { notBefore: inDays(-1), notAfter: inDays(30) },
  'with a number of pulls': { pulls: 3 },
  'with a date of deletion': { deleteBy: inDays(20) },
  'with all of these': { notAfter: inDays(30), pulls: 2, deleteBy: inDays(20) },
}

const datasetsIn = (catalog: Json) => listOf(catalog['dcat:dataset'] ?? catalog['dataset']).map((each) => each['@id'])

async function readsCatalog(scene: Scene): Promise<void> {
  const { management } = scene.edc
  const party = partyOf(scene.node)
  const made = [await scene.publish(scene.node), await scene.publish(scene.node)].map(({ id }) => id)
  const all = datasetsIn(await management.catalog(party))
  for (const id of made) assert.ok(all.includes(id), `EDC does not see ${id}`)
  const query = { '@type': 'QuerySpec', limit: 1 }
  assert.deepEqual(datasetsIn(await management.catalog(party, { ...query, offset: 0 })), [all[0]])
  assert.deepEqual(datasetsIn(await management.catalog(party, { ...query, offset: 1 })), [all[1]])
  const publisher = (id: string) => {
    return { '@type': 'Criterion', operandLeft: 'publisher', operator: '=', operandRight: id }
  }
  const filtered = { '@type': 'QuerySpec', filterExpression: [publisher(scene.node.did)] }
  assert.deepEqual(datasetsIn(await management.catalog(party, filtered)), all)
  const none = { '@type': 'QuerySpec', filterExpression: [publisher('did:web:nobody.example')] }
  assert.deepEqual(datasetsIn(await management.catalog(party, none)), [])
  const shown = await management.dataset(party, made[0] ?? '')
  assert.equal(shown['@id'], made[0])
}

/** From the request to FINALIZED on both sides; the agreement. */
export async function agreed(scene: Scene, dataset: DatasetRecord, node = scene.node): Promise<string> {
  const pid = await negotiate(scene, node, dataset.id)
  const theirs = await scene.edc.management.reached(`/contractnegotiations/${pid}`, ['FINALIZED', 'TERMINATED'])
  assert.equal(theirs['state'], 'FINALIZED', String(theirs['errorDetail']))
  const ours = await ourNegotiation(node, pid, 'FINALIZED')
  // EDC names the agreement by an id of its own, and keeps ours beside it.
  const shown = await scene.edc.management.get(`/contractnegotiations/${pid}/agreement`)
  assert.equal(shown['agreementId'], ours.agreement?.['@id'])
  return z.string().parse(theirs['contractAgreementId'])
}

/** Its state machines lose words that come while they work on the answer to their own: every one has to end. */
async function negotiatesOften(scene: Scene): Promise<string> {
  const { management } = scene.edc
  const { id } = await scene.publish(scene.node)
  const finalized = async (pid: string) => management.reached(`/contractnegotiations/${pid}`, ['FINALIZED'])
  const times: number[] = []
  for (let count = 0; count < 30; count += 1) {
    const started = performance.now()
    await finalized(await negotiate(scene, scene.node, id))
    times.push(performance.now() - started)
  }
  const together = await Promise.all(Array.from({ length: 30 }, () => negotiate(scene, scene.node, id)))
  for (const pid of together) {
    await finalized(pid)
    await ourNegotiation(scene.node, pid, 'FINALIZED')
  }
  const middle = times.toSorted((a, b) => a - b)[15] ?? 0
  return `half of those in a row took less than ${middle.toFixed(0)} ms, the connector's look at our dataset included`
}

async function startedPull(
  scene: Scene,
): Promise<{ dataset: DatasetRecord; agreement: string; pid: string; path: string }> {
  const dataset = await scene.publish(scene.node)
  const agreement = await agreed(scene, dataset)
  return { dataset, agreement, ...(await pullUnder(scene, agreement)) }
}

async function pullUnder({ edc, node }: Scene, agreement: string): Promise<{ pid: string; path: string }> {
  const pid = await edc.management.transfer(partyOf(node), agreement, { transferType: 'HttpData-PULL' })
  const path = `/transferprocesses/${pid}`
  await edc.management.reached(path, ['STARTED', 'TERMINATED'])
  await ourTransfer(node, pid, 'STARTED')
  return { pid, path }
}

/** What the connector's EDR cache holds for a transfer; it is filled a moment after the transfer has started. */
async function edrOf({ edc }: Scene, pid: string): Promise<{ endpoint: string; authorization: string }> {
  const address = await settled(`EDC has no data address of ${pid}`, () =>
    edc.management.get(`/edrs/${pid}/dataaddress`).catch(() => undefined),
  )
  const member = (name: string) => z.string().parse(address[name] ?? address[EDC_NAMESPACE + name])
  return { endpoint: member('endpoint'), authorization: member('authorization') }
}

async function pulls(scene: Scene): Promise<void> {
  const { dataset, pid, path } = await startedPull(scene)
  const { endpoint, authorization } = await edrOf(scene, pid)
  assert.equal(dataset.resources.length, 3)
  const manifest = await fetch(`${scene.node.publicUrl}/manifests/${dataset.manifestId}`, {
    headers: { authorization: headerOf(PARTNER, partyOf(scene.node).address) },
  })
  const { payload } = z.object({ payload: z.string() }).parse(await manifest.json())
  for (const { name } of dataset.resources) assert.ok(Buffer.from(payload, 'base64').toString().includes(name))
  for (const { name } of dataset.resources) {
    // Users of EDC send the value as it is, and some with the scheme of authType in front.
    for (const value of [authorization, `Bearer ${authorization}`]) {
      const answer = await fetch(`${endpoint}/${name}`, { headers: { authorization: value } })
      assert.equal(answer.status, 200, `${name}: ${answer.status}`)
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), fileOf(scene.node, dataset, name))
    }
  }
  await scene.edc.management.post(`${path}/terminate`, { '@type': 'TerminateTransfer', reason: 'enough' })
  await ourTransfer(scene.node, pid, 'TERMINATED')
  const late = await fetch(`${endpoint}/${dataset.resources[0]?.name}`, { headers: { authorization } })
  assert.equal(late.status, 401)
}

export function fileOf(node: NetworkNode, dataset: DatasetRecord, name: string): Buffer {
  return readFileSync(join(node.dataDir, blobsFolder, 'datasets', dataset.id.slice('urn:uuid:'.length), name))
}

async function pauses(scene: Scene): Promise<void> {
  const { agreement, dataset, pid, path } = await startedPull(scene)
  const { management } = scene.edc
  const before = await edrOf(scene, pid)
  await management.post(`${path}/suspend`, { '@type': 'SuspendTransfer', reason: 'a pause' })
  await management.reached(path, ['SUSPENDED'])
  const paused = await ourTransfer(scene.node, pid, 'SUSPENDED')
  assert.equal(paused.suspendedBy, 'consumer')
  await management.post(`${path}/resume`, {})
  await management.reached(path, ['STARTED'])
  await ourTransfer(scene.node, pid, 'STARTED')
  const { endpoint, authorization } = await edrOf(scene, pid)
  assert.notEqual(authorization, before.authorization)
  const [file] = dataset.resources
  assert.equal((await fetch(`${endpoint}/${file?.name}`, { headers: { authorization } })).status, 200)
  await management.post(`${path}/terminate`, { '@type': 'TerminateTransfer', reason: 'enough' })
  const ended = await ourTransfer(scene.node, pid, 'TERMINATED')
  assert.deepEqual(ended.termination?.reasons, ['enough'])
  await management.reached(path, ['TERMINATED'])
  const { pid: next } = await pullUnder(scene, agreement)
  await edrOf(scene, next)
}

async function isPaused(scene: Scene): Promise<void> {
  const { pid, path } = await startedPull(scene)
  const { management } = scene.edc
  const before = await edrOf(scene, pid)
  const ours = await ourTransfer(scene.node, pid, 'STARTED')
  const at = `/transfers/${encodeURIComponent(ours.pid)}`
  await scene.node.api.post(`${at}/suspension`, { reason: 'maintenance' }, z.unknown())
  await management.reached(path, ['SUSPENDED'])
  await scene.node.api.post(`${at}/start`, {}, z.unknown())
  await management.reached(path, ['STARTED'])
  const { endpoint, authorization } = await edrOf(scene, pid)
  assert.notEqual(authorization, before.authorization)
  assert.equal(endpoint, before.endpoint)
  await scene.node.api.post(`${at}/termination`, { reason: 'closed' }, z.unknown())
  await management.reached(path, ['TERMINATED'])
}

async function isPushedTo(scene: Scene): Promise<void> {
  const { edc, node } = scene
  await using storage = await openHttpStorage()
  const dataset = await scene.publish(node)
  const agreement = await agreed(scene, dataset)
  const dataDestination = { type: 'HttpData', baseUrl: `${storage.url}/in`, authKey: 'Authorization', authCode: 'abc' }
  const pushed = { transferType: 'HttpData-PUSH', dataDestination }
  const pid = await edc.management.transfer(partyOf(node), agreement, pushed)
  await edc.management.reached(`/transferprocesses/${pid}`, ['COMPLETED', 'TERMINATED'])
  await ourTransfer(node, pid, 'COMPLETED')
  for (const { name } of dataset.resources) {
    const arrived = storage.files.find(({ path }) => path === `/in/${name}`)
    assert.deepEqual(arrived?.bytes, fileOf(node, dataset, name))
    assert.equal(arrived?.headers.authorization, 'abc')
  }
}

async function withdrawn(scene: Scene): Promise<void> {
  const { dataset, pid, path } = await startedPull(scene)
  const use = { reason: 'The table was wrong.', scope: 'all-use' }
  await scene.node.api.post(`/datasets/${dataset.id}/withdraw`, use, z.unknown())
  await scene.edc.management.reached(path, ['TERMINATED'])
  await ourTransfer(scene.node, pid, 'TERMINATED')
}
