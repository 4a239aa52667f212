import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { DatasetUpload } from '../../../schemas/dataset-requests.ts'
import { DatasetRecord } from '../../../schemas/datasets.ts'
import { Space } from '../../../schemas/governance.ts'
import { Did } from '../../../schemas/ids.ts'
import { createNetwork, type Network, type NetworkNode } from '../../../test/network/create-network.ts'
import { freePort } from '../../free-port.ts'
import { type CaseResult, openDspKit } from './kit.ts'
import { type KitParty, offerOf, openKitParty } from './kit-party.ts'
import { PROVIDED_DATASETS, scriptedNegotiations, scriptedTransfers, TRANSFER_CASES } from './script.ts'

const KIT = 'TCK_PARTICIPANT'
const CONSUMER_DATASET = 'ACNC0104'
const PROVIDER_DATASET = 'ACN0104'

/**
 * Runs the official kit of the Dataspace Protocol against a node: real datasets published by the ordinary operations, real
 * agreements made over the protocol, the kit as a configured peer, and a strategy that says what the kit's cases expect.
 */
export async function dspConformance(args: readonly string[]): Promise<boolean> {
  const kit = openDspKit()
  const caseOf = new Map<string, string>()
  const port = await freePort()
  const secrets = { theirs: randomBytes(32).toString('base64url'), ours: randomBytes(32).toString('base64url') }
  await using network = await openConnector(caseOf, { port, secrets })
  const node = network.node('connector')
  for (const id of PROVIDED_DATASETS) await publishRow(node, id)
  const config = await makeAgreements(node, { port, authorization: secrets.theirs, caseOf })
  const hooks = await openHooks(node)
  try {
    console.log(`running the kit ${kit.version} against ${node.publicUrl}`)
    const results = await kit.run(
      { ...config, ...addresses(node, { port, hooks: portOf(hooks), authorization: secrets.theirs }) },
      args[0] ?? '',
    )
    return report(results)
  } finally {
    hooks.closeAllConnections()
    hooks.close()
  }
}

interface KitAddress {
  readonly port: number
  readonly secrets: { readonly theirs: string; readonly ours: string }
}

/** A node whose partner the kit is; the strategies know its DID only once it has one. */
async function openConnector(caseOf: ReadonlyMap<string, string>, { port, secrets }: KitAddress): Promise<Network> {
  const strategies = { transfer: scriptedTransfers((agreement) => caseOf.get(agreement)) }
  const speaker: { negotiations?: ReturnType<typeof scriptedNegotiations> } = {}
  const negotiation = {
    next: async (process: Parameters<ReturnType<typeof scriptedNegotiations>['next']>[0]) =>
      speaker.negotiations?.next(process),
  }
  const network = await createNetwork(['connector'], { overrides: { strategies: { ...strategies, negotiation } } })
  const node = network.node('connector')
  speaker.negotiations = scriptedNegotiations(Did.parse(node.did))
  const peer = { participantId: KIT, address: `http://localhost:${port}`, sharedSecrets: secrets }
  writeFileSync(join(node.dataDir, 'peers.json'), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
  await node.restart()
  await node.api.post('/space', { name: 'Conformance' }, Space)
  return network
}

/** A dataset of one row under the id and the offer that the kit asks for. */
async function publishRow(node: NetworkNode, id: string): Promise<void> {
  const content = Readable.from(['{"value":1}\n'])
  const { uploadId } = await node.api.upload('/datasets/uploads', content, { schema: DatasetUpload })
  const draft = {
    id,
    name: id.toLowerCase(),
    title: `Dataset ${id}`,
    description: 'One row.',
    subject: 'public',
    columns: [{ name: 'value', type: 'int32' }],
  }
  const request = { uploadId, format: 'jsonl', draft }
  await node.api.follow('/datasets', request, { schema: DatasetRecord })
  await node.api.follow(`/datasets/${id}/evaluation`, {}, { schema: z.unknown() })
  const deleteBy = new Date(Date.now() + 30 * 86_400_000).toISOString()
  const offer = {
    '@id': offerOf(id),
    '@type': 'Offer',
    permission: [{ action: 'use' }],
    obligation: [
      { action: 'delete', constraint: [{ leftOperand: 'dateTime', operator: 'lteq', rightOperand: deleteBy }] },
    ],
  }
  await node.api.post(`/datasets/${id}/publish`, { writtenOffers: [offer] }, DatasetRecord)
}

/** One agreement for every case of transfers, and the properties that name them to the kit. */
async function makeAgreements(
  node: NetworkNode,
  { port, authorization, caseOf }: { port: number; authorization: string; caseOf: Map<string, string> },
): Promise<Record<string, string>> {
  const connector = `${node.publicUrl}/dsp/2025-1`
  await using party = await openKitParty({ name: KIT, port, authorization, connector, did: node.did })
  const config: Record<string, string> = {}
  for (const name of TRANSFER_CASES) {
    const agreement = name.startsWith('TP_C')
      ? await consumed(node, party)
      : await party.requestAgreement(PROVIDER_DATASET)
    caseOf.set(agreement, name)
    config[`${name}_AGREEMENTID`] = agreement
    config[`${name}_FORMAT`] = 'HttpData-PULL'
  }
  return config
}

async function consumed(node: NetworkNode, party: KitParty): Promise<string> {
  const next = party.nextAgreement()
  await request(node, { dataset: CONSUMER_DATASET, offer: `offer${CONSUMER_DATASET}` })
  return next
}

/** Asks, and does not wait for the end of the negotiation: many cases have none. */
async function request(node: NetworkNode, { dataset, offer }: { dataset: string; offer: string }): Promise<void> {
  const terms = { '@id': offer, '@type': 'Offer', permission: [{ action: 'use' }] }
  const started = Promise.withResolvers<void>()
  const body = { provider: KIT, dataset, offer: terms }
  node.api
    .follow('/exchanges', body, { schema: z.unknown(), onProgress: () => started.resolve() })
    .then(() => started.resolve(), started.reject)
  await started.promise
}

const Negotiate = z.object({ datasetId: z.string(), offerId: z.string() })
const Transfer = z.object({ agreementId: z.string() })

/** The addresses by which the kit asks the connector to begin: answered first, acted on when the kit is ready. */
async function openHooks(node: NetworkNode): Promise<Server> {
  const act = async (url: string, body: unknown): Promise<void> => {
    await sleep(200)
    if (url === '/negotiations') {
      const { datasetId, offerId } = Negotiate.parse(body)
      await request(node, { dataset: datasetId, offer: offerId })
    } else {
      const { agreementId } = Transfer.parse(body)
      await node.api.post('/transfers', { agreement: agreementId }, z.unknown())
    }
  }
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('end', () => {
      response.writeHead(200).end()
      const text = Buffer.concat(parts).toString()
      act(incoming.url ?? '', JSON.parse(text)).catch((error: unknown) => console.error(`hook ${incoming.url}:`, error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function addresses(
  node: NetworkNode,
  { port, hooks, authorization }: { port: number; hooks: number; authorization: string },
): Record<string, string> {
  const prefix = 'dataspacetck.dsp'
  const fixed: Record<string, string> = {
    'dataspacetck.debug': 'false',
    'dataspacetck.host': '0.0.0.0',
    'dataspacetck.port': String(port),
    'dataspacetck.callback.address': `http://localhost:${port}`,
    [`${prefix}.local.connector`]: 'false',
    [`${prefix}.default.wait`]: '15',
    [`${prefix}.connector.agent.id`]: node.did,
    [`${prefix}.connector.http.url`]: `${node.publicUrl}/dsp/2025-1`,
    [`${prefix}.connector.http.base.url`]: `${node.publicUrl}/dsp`,
    [`${prefix}.connector.http.headers.authorization`]: authorization,
    [`${prefix}.connector.negotiation.initiate.url`]: `http://localhost:${hooks}/negotiations`,
    [`${prefix}.connector.transfer.initiate.url`]: `http://localhost:${hooks}/transfers`,
  }
  for (const name of ['CAT_01_01', 'CAT_01_02', 'CAT_01_03']) fixed[`${name}_DATASETID`] = name.replaceAll('_', '')
  for (const [group, count] of [
    ['01', 4],
    ['02', 7],
    ['03', 6],
  ] as const) {
    for (let index = 1; index <= count; index += 1) {
      const number = `${group}0${index}`
      fixed[`CN_${group}_0${index}_DATASETID`] = `ACN${number}`
      fixed[`CN_${group}_0${index}_OFFERID`] = offerOf(`ACN${number}`)
      fixed[`CN_C_${group}_0${index}_DATASETID`] = `ACNC${number}`
    }
  }
  return fixed
}

/** The table of all cases, the reasons of those that failed, and the closing line. */
function report(results: readonly CaseResult[]): boolean {
  const sorted = results.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }))
  for (const { id, result, seconds, title } of sorted) {
    console.log(
      `${id.padEnd(12)} ${result.padEnd(6)} ${seconds.padStart(6)} s  ${title.replace(/^[A-Z_]+:[0-9-]+: */, '')}`,
    )
  }
  const count = (kind: CaseResult['result']) => results.filter(({ result }) => result === kind).length
  const bad = count('fail') + count('notrun')
  for (const { id, reason } of sorted.filter(({ result }) => result === 'fail')) console.log(`  ${id}: ${reason}`)
  console.log(`\n${count('pass')} passed, ${bad} failed, ${count('skip')} skipped`)
  return bad === 0 && count('pass') > 0
}
