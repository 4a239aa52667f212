import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import type { DatasetRecord } from '../../../schemas/datasets.ts'
import { Negotiation } from '../../../schemas/negotiation.ts'
import type { OfferTermsInput } from '../../../schemas/policy.ts'
import { Transfer } from '../../../schemas/transfer.ts'
import { createNetwork, type NetworkNode } from '../../../test/network/create-network.ts'
import { publishTable } from '../../../test/network/published-table.ts'
import { Space } from '../../../schemas/governance.ts'
import { type Edc, startEdc } from './connector.ts'
import type { CounterParty, Json } from './management.ts'

export const PARTNER = 'edc-partner'
/** As docs/partners.md advises for EDC. */
const PAUSE_MS = 250

/** The connector and two nodes of ours that know it by their peers.json, as docs/partners.md describes. */
export interface Scene extends AsyncDisposable {
  readonly edc: Edc
  /** Answers by itself. */
  readonly node: NetworkNode
  /** Leaves decisions to a person. */
  readonly manual: NetworkNode
  /** A dataset with parts, offered to the connector under these terms. */
  publish(node: NetworkNode, terms?: OfferTermsInput): Promise<DatasetRecord>
}

/** `publicEndpoint`: where the connector sends those who pull from it. */
export async function openScene(publicEndpoint: string): Promise<Scene> {
  const edc = await startEdc({ participantId: PARTNER, publicEndpoint })
  const closing: AsyncDisposable[] = [edc]
  const close = async () => {
    for (const each of closing.toReversed()) await each[Symbol.asyncDispose]()
  }
  try {
    const nodes: NetworkNode[] = []
    for (const negotiationStrategy of ['automatic', 'manual']) {
      const network = await createNetwork([negotiationStrategy], { settings: { negotiationStrategy } })
      closing.push(network)
      nodes.push(await introduced(network.node(negotiationStrategy), edc))
    }
    const [node, manual] = nodes as [NetworkNode, NetworkNode]
    let published = 0
    return {
      edc,
      node,
      manual,
      publish: (at, terms = {}) => {
        published += 1
        const offers = [{ partners: [PARTNER], ...terms }]
        return publishTable(at, { name: `table-${published}`, rows: 300, rowsPerPart: 100, offers })
      },
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * A node that knows the connector. Its mock identity sends and takes JSON that never changes for a pair of connectors, which is
 * what a profile with shared secrets compares; it proves nothing, so it is for tests alone.
 */
async function introduced(node: NetworkNode, edc: Edc): Promise<NetworkNode> {
  const sharedSecrets = { theirs: headerOf(PARTNER, addressOf(node)), ours: headerOf(node.did, edc.address) }
  const peer = { participantId: PARTNER, address: edc.address, sharedSecrets, pauseMs: PAUSE_MS, awaitsStart: true }
  writeFileSync(join(node.dataDir, 'peers.json'), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
  await node.restart()
  await node.api.post('/space', { name: 'Conformance' }, Space)
  return node
}

/** Authorization by which the mock identity of EDC says who it is. */
export function headerOf(clientId: string, audience: string): string {
  return JSON.stringify({ region: 'eu', audience, clientId })
}

function addressOf(node: NetworkNode): string {
  return `${node.publicUrl}/dsp/2025-1`
}

/** Our node as the connector is to address it. */
export function partyOf(node: NetworkNode): CounterParty {
  return { id: node.did, address: addressOf(node) }
}

export const EDC_NAMESPACE = 'https://w3id.org/edc/v0.0.1/ns/'

/** The JSON-LD context in which EDC's documentation has users write policies. */
const POLICY_CONTEXT = 'http://www.w3.org/ns/odrl.jsonld'

export function listOf(value: unknown): Json[] {
  const values: unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return values.map((each) => z.record(z.string(), z.unknown()).parse(each))
}

/** Asks for a dataset as users of EDC do: with the policy that its own catalog request shows. Returns its process. */
export async function negotiate({ edc }: Scene, node: NetworkNode, dataset: string): Promise<string> {
  const party = partyOf(node)
  const shown = await edc.management.dataset(party, dataset)
  const [policy] = listOf(shown['hasPolicy'])
  if (policy === undefined) throw new Error(`EDC sees no policy of the dataset: ${JSON.stringify(shown)}`)
  return edc.management.negotiate(party, { '@context': POLICY_CONTEXT, ...policy, assigner: party.id, target: dataset })
}

const Listed = z.object({ exchanges: z.array(Negotiation) })
const Transfers = z.object({ transfers: z.array(Transfer) })

/** The negotiation of our node that the process of the connector belongs to, once it is in the state. */
export async function ourNegotiation(node: NetworkNode, theirs: string, state: string): Promise<Negotiation> {
  return settled(`the negotiation with ${theirs} is not ${state} here`, async () => {
    const { exchanges } = await node.api.get('/exchanges', Listed)
    return exchanges.find((each) => each.peerPid === theirs && each.state === state)
  })
}

/** The same for a negotiation that our node has opened. */
export async function openedNegotiation(node: NetworkNode, pid: string, state: string): Promise<Negotiation> {
  return settled(`the negotiation ${pid} is not ${state}`, async () => {
    const found = await node.api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation)
    return found.state === state ? found : undefined
  })
}

export async function ourTransfer(node: NetworkNode, theirs: string, state: string): Promise<Transfer> {
  return settled(`the transfer ${theirs} is not ${state} here`, async () => {
    const { transfers } = await node.api.get('/transfers', Transfers)
    return transfers.find((each) => each.peerPid === theirs && each.state === state)
  })
}

const LIMIT_MS = 15_000

/** What `look` finds, as soon as it finds something. Throws the complaint after 15 s. */
export async function settled<T>(complaint: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const end = Date.now() + LIMIT_MS; ;) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(complaint)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
