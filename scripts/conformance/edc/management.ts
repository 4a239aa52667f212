import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'

const CONTEXT = { '@vocab': 'https://w3id.org/edc/v0.0.1/ns/', odrl: 'http://www.w3.org/ns/odrl/2/' }
const PROTOCOL = 'dataspace-protocol-http:2025-1'
const LIMIT_MS = 15_000

export type Json = Readonly<Record<string, unknown>>

/** Whom the connector is to speak with. */
export interface CounterParty {
  readonly id: string
  readonly address: string
}

/** The management API of EDC (v3), as far as the check drives it. */
export interface Management {
  post(path: string, body: Json): Promise<unknown>
  get(path: string): Promise<Json>
  catalog(party: CounterParty, querySpec?: Json): Promise<Json>
  dataset(party: CounterParty, id: string): Promise<Json>
  /** Begins and returns the id of the connector's own process. */
  negotiate(party: CounterParty, policy: Json): Promise<string>
  transfer(party: CounterParty, contractId: string, more: Json): Promise<string>
  /** The process as soon as its state is one of `states`. Throws with the state that it has after 15 s. */
  reached(path: string, states: readonly string[]): Promise<Json>
}

const Created = z.looseObject({ '@id': z.string() })
const Process = z.looseObject({ state: z.string() })

export function createManagement(base: string): Management {
  const call = async (method: string, path: string, body?: Json): Promise<unknown> => {
    const response = await fetch(base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify({ '@context': CONTEXT, ...body }) }),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(
        `EDC answered ${response.status} to ${method} ${path}: ${text.replaceAll(/<[^>]*>\s*/g, ' ').slice(0, 1000)}`,
      )
    return text === '' ? undefined : JSON.parse(text)
  }
  const get = async (path: string) => z.record(z.string(), z.unknown()).parse(await call('GET', path))
  const post = (path: string, body: Json) => call('POST', path, body)
  const asked = async (path: string, body: Json) => z.record(z.string(), z.unknown()).parse(await post(path, body))
  const created = async (path: string, body: Json) => Created.parse(await post(path, body))['@id']
  const counterParty = ({ id, address }: CounterParty) => {
    return { counterPartyId: id, counterPartyAddress: address, protocol: PROTOCOL }
  }
  return {
    post,
    get,
    catalog: (party, querySpec) =>
      asked('/catalog/request', { ...counterParty(party), ...(querySpec === undefined ? {} : { querySpec }) }),
    dataset: (party, id) =>
      asked('/catalog/dataset/request', { '@type': 'DatasetRequest', '@id': id, ...counterParty(party) }),
    negotiate: (party, policy) =>
      created('/contractnegotiations', { '@type': 'ContractRequest', ...counterParty(party), policy }),
    transfer: (party, contractId, more) =>
      created('/transferprocesses', {
        '@type': 'TransferRequest',
        ...counterParty(party),
        connectorId: party.id,
        contractId,
        ...more,
      }),
    reached: async (path, states) => {
      let last: z.infer<typeof Process> | undefined
      for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(10)) {
        last = Process.parse(await get(path))
        if (states.includes(last.state)) return last
      }
      throw new Error(`EDC: ${path} is ${last?.state}, not ${states.join(' or ')}: ${JSON.stringify(last)}`)
    },
  }
}
