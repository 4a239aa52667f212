import { randomBytes, randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { peersFile } from '../../node/config/data-folder.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { NetworkNode } from './create-network.ts'
import { type ForeignConnector, openForeignConnector, type ReceivedMessage } from './foreign-connector.ts'

export const ACME = 'urn:connector:acme'

/** A connector of another make that one node knows by its peers.json, with what a connector says of itself. */
export interface KnownPartner extends AsyncDisposable {
  readonly connector: ForeignConnector
  /** Base URL of the node's protocol. */
  readonly base: string
  /** Value of the Authorization header in what it sends. */
  readonly secret: string
  /** Asks the node for a dataset. */
  request(dataset: OfferedDataset, more?: object): Promise<Opened>
  /** The node's side of a negotiation. */
  negotiation(pid: string): Promise<Negotiation>
}

export interface OfferedDataset {
  readonly id: string
  readonly offers: readonly Offer[]
}

export interface Opened {
  readonly status: number
  readonly body: unknown
  readonly consumerPid: string
  readonly providerPid: string
}

/** The node is started anew, since it reads its peers at start. */
export async function openKnownPartner(node: NetworkNode, callbackOrigins: string[] = []): Promise<KnownPartner> {
  const theirs = `Token ${randomBytes(24).toString('base64url')}`
  const ours = `Token ${randomBytes(24).toString('base64url')}`
  const connector = await openForeignConnector(theirs)
  const peer = {
    participantId: ACME,
    address: connector.origin,
    callbackOrigins,
    sharedSecrets: { theirs, ours },
  }
  writeFileSync(join(node.dataDir, peersFile), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
  await node.restart()
  const base = `${node.publicUrl}/dsp/2025-1`
  return {
    connector,
    base,
    secret: theirs,
    request: async (dataset, more = {}) => {
      const consumerPid = randomUUID()
      const answer = await connector.send(`${base}/negotiations/request`, {
        '@type': 'ContractRequestMessage',
        consumerPid,
        callbackAddress: connector.origin,
        offer: { ...dataset.offers[0], target: dataset.id },
        ...more,
      })
      const { providerPid } = z.looseObject({ providerPid: z.string().default('') }).parse(answer.body ?? {})
      return { ...answer, consumerPid, providerPid }
    },
    negotiation: (pid) => node.api.get(`/exchanges/${encodeURIComponent(pid)}`, Negotiation),
    [Symbol.asyncDispose]: () => connector[Symbol.asyncDispose](),
  }
}

/** A right answer to the message that opened a process at the connector, in which `more` can be wrong. */
export function openedAt({ body }: ReceivedMessage, more: object = {}): string {
  const type = String(body['@type'])
  const process = type.startsWith('Contract')
    ? { '@type': 'ContractNegotiation', state: type === 'ContractOfferMessage' ? 'OFFERED' : 'REQUESTED' }
    : { '@type': 'TransferProcess', state: 'REQUESTED' }
  const pids = { consumerPid: body['consumerPid'] ?? 'acme-1', providerPid: body['providerPid'] ?? 'acme-1' }
  return JSON.stringify({ '@context': [DSP_CONTEXT], ...process, ...pids, ...more })
}
