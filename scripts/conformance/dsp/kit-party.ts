import { createServer } from 'node:http'
import { DSP_CONTEXT } from '../../../schemas/dsp.ts'
import * as z from 'zod'

const Message = z.looseObject({
  '@type': z.string(),
  providerPid: z.string().optional(),
  consumerPid: z.string().optional(),
  callbackAddress: z.string().optional(),
  agreement: z.looseObject({ '@id': z.string() }).optional(),
})
type Message = z.infer<typeof Message>

interface PartyOptions {
  readonly name: string
  readonly port: number
  readonly authorization: string
  /** Protocol base of the connector under test, and how it names itself. */
  readonly connector: string
  readonly did: string
}

/**
 * Takes the kit's place before it starts, to make the agreements that its cases of transfers presuppose: by negotiations with the
 * connector over the protocol, as the participant that the kit will be.
 */
export interface KitParty extends AsyncDisposable {
  /** The id of an agreement on the dataset, this party as consumer. */
  requestAgreement(dataset: string): Promise<string>
  /** The id of the agreement that this party, as provider, makes with the next request that arrives. */
  nextAgreement(): Promise<string>
}

export async function openKitParty(options: PartyOptions): Promise<KitParty> {
  const finalized = new Map<string, (agreementId: string) => void>()
  const agreements = new Map<string, string>()
  let waiting: ((agreementId: string) => void)[] = []
  const send = async (url: string, message: object): Promise<Message> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: options.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ '@context': [DSP_CONTEXT], ...message }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`the connector answered ${response.status} to ${url}: ${text}`)
    return Message.parse(JSON.parse(text))
  }
  const onMessage = async (message: Message): Promise<void> => {
    const { providerPid = '', consumerPid = '', agreement, callbackAddress = '' } = message
    const pids = { providerPid, consumerPid }
    const path = `${options.connector}/negotiations/${encodeURIComponent(providerPid)}`
    if (message['@type'] === 'ContractAgreementMessage' && agreement !== undefined) {
      agreements.set(consumerPid, agreement['@id'])
      await send(`${path}/agreement/verification`, { '@type': 'ContractAgreementVerificationMessage', ...pids })
    } else if (message['@type'] === 'ContractNegotiationEventMessage') {
      finalized.get(consumerPid)?.(agreements.get(consumerPid) ?? '')
    } else if (message['@type'] === 'ContractRequestMessage') {
      const id = providerPid
      agreements.set(id, id)
      const consumer = `${callbackAddress}/negotiations/${encodeURIComponent(consumerPid)}`
      await send(`${consumer}/agreement`, {
        '@type': 'ContractAgreementMessage',
        providerPid: id,
        consumerPid,
        agreement: agreed(message, { id, assigner: options.name, assignee: options.did }),
      })
    } else if (message['@type'] === 'ContractAgreementVerificationMessage') {
      const address = `${options.connector}/negotiations/${encodeURIComponent(consumerPid)}/events`
      await send(address, { '@type': 'ContractNegotiationEventMessage', ...pids, eventType: 'FINALIZED' })
      waiting.shift()?.(agreements.get(providerPid) ?? '')
    }
  }
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const message = Message.parse(JSON.parse(Buffer.concat(parts).toString()))
      const opens = message['@type'] === 'ContractRequestMessage'
      const pids = { providerPid: crypto.randomUUID(), consumerPid: message.consumerPid }
      const answer = { '@context': [DSP_CONTEXT], '@type': 'ContractNegotiation', ...pids, state: 'REQUESTED' }
      response.writeHead(opens ? 201 : 200, { 'content-type': 'application/json' })
      response.end(opens ? JSON.stringify(answer) : undefined)
      setTimeout(() => void onMessage(opens ? { ...message, providerPid: pids.providerPid } : message), 20)
    })
  })
  await new Promise<void>((resolve) => server.listen(options.port, '127.0.0.1', resolve))
  return {
    requestAgreement: async (dataset) => {
      const consumerPid = crypto.randomUUID()
      const done = new Promise<string>((resolve) => finalized.set(consumerPid, resolve))
      await send(`${options.connector}/negotiations/request`, {
        '@type': 'ContractRequestMessage',
        consumerPid,
        callbackAddress: `http://localhost:${options.port}`,
        offer: { '@type': 'Offer', '@id': offerOf(dataset), target: dataset, permission: [{ action: 'use' }] },
      })
      return done
    },
    nextAgreement: () => new Promise((resolve) => (waiting = [...waiting, resolve])),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** The id under which the kit asks for a dataset. */
export function offerOf(dataset: string): string {
  return `CD123:${dataset}:456`
}

function agreed(message: Message, parties: { id: string; assigner: string; assignee: string }): object {
  const { target, permission } = z.looseObject({ target: z.string(), permission: z.unknown() }).parse(message['offer'])
  const { id, assigner, assignee } = parties
  return {
    '@id': id,
    '@type': 'Agreement',
    target,
    permission,
    assigner,
    assignee,
    timestamp: new Date().toISOString(),
  }
}
