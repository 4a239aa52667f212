import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { peersFile } from '../../node/config/data-folder.ts'
import type { Offer } from '../../schemas/policy.ts'
import type { NetworkNode } from './create-network.ts'
import { type ForeignConnector, openForeignConnector, type ReceivedMessage } from './foreign-connector.ts'

// What the Eclipse connector (0.15 to 0.18) sends and answers, as it was measured and read in its sources.

export const DSP = 'https://w3id.org/dspace/2025/1/context.jsonld'
export const EDC_CONTEXT = [DSP, 'https://w3id.org/edc/dspace/v0.0.1']
/** Namespace of its own words. */
export const EDC = 'https://w3id.org/edc/v0.0.1/ns/'
export const EDC_ID = 'edc-connector'
/** Its mock identity: raw JSON, without `Bearer`. */
const THEIRS = JSON.stringify({ region: 'eu', audience: 'http://localhost/dsp/2025-1', clientId: EDC_ID })
export const TO_EDC = JSON.stringify({ region: 'eu', audience: EDC_ID, clientId: 'did:web:bureau' })
const JSON_TYPE = 'application/json; charset=utf-8'

export interface EdcConnector extends AsyncDisposable {
  readonly connector: ForeignConnector
  readonly callback: string
  /** Posts below the node's protocol address as EDC does. */
  post(path: string, message: object): Promise<{ status: number; type: string | null; body: unknown }>
  /** The messages that name this process. */
  about(pid: string): readonly ReceivedMessage[]
}

/** An Eclipse connector that `node` knows by its peers.json. */
export async function openEdcConnector(node: NetworkNode): Promise<EdcConnector> {
  const connector = await openForeignConnector(THEIRS)
  const callback = `${connector.origin}/protocol/2025-1`
  const peer = { participantId: EDC_ID, address: callback, sharedSecrets: { theirs: THEIRS, ours: TO_EDC } }
  writeFileSync(join(node.dataDir, peersFile), JSON.stringify({ peers: [peer] }), { mode: 0o600 })
  await node.restart()
  return {
    connector,
    callback,
    post: async (path, message) => {
      const response = await fetch(`${node.publicUrl}/dsp/2025-1${path}`, {
        method: 'POST',
        headers: { authorization: THEIRS, 'content-type': JSON_TYPE, accept: 'application/json' },
        body: JSON.stringify({ '@context': EDC_CONTEXT, '@id': randomUUID(), ...message }),
      })
      const text = await response.text()
      const body: unknown = text === '' ? undefined : JSON.parse(text)
      return { status: response.status, type: response.headers.get('content-type'), body }
    },
    about: (pid) => connector.received.filter(({ body }) => Object.values(body).includes(pid)),
    [Symbol.asyncDispose]: () => connector[Symbol.asyncDispose](),
  }
}

/** The rules of an offer as EDC writes them back: its own spelling and order of members, no ids, empty lists. */
export function rewritten({ permission = [], prohibition = [], obligation = [] }: Offer) {
  const rule = ({ action, constraint = [] }: (typeof permission)[number]) => ({
    action: action.replace('odrl:', ''),
    constraint: constraint.map(({ leftOperand, operator, rightOperand }) => ({
      rightOperand,
      operator: operator?.replace('odrl:', ''),
      leftOperand,
    })),
  })
  return {
    permission: permission.map(rule),
    prohibition: prohibition.map(rule),
    obligation: obligation.map(rule),
  }
}

/** EDC answers 200 to what opens a process, and with an empty body of type JSON to the rest. */
export function edcProvider(providerPid: string): ForeignConnector['answer'] {
  return (message) => {
    const type = message.body['@type']
    const opens = type === 'ContractRequestMessage' || type === 'TransferRequestMessage'
    if (!opens) return { status: 200, type: 'application/json' }
    const process = type === 'ContractRequestMessage' ? 'ContractNegotiation' : 'TransferProcess'
    const pids = { providerPid, consumerPid: message.body['consumerPid'] }
    const body = { '@context': EDC_CONTEXT, '@type': process, '@id': providerPid, state: 'REQUESTED', ...pids }
    return { status: 200, type: JSON_TYPE, body: JSON.stringify(body) }
  }
}
