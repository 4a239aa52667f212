import { randomUUID } from 'node:crypto'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { PULL_FORMAT } from '../../schemas/transfer.ts'
import type { Site } from '../network/exchange-helpers.ts'
import type { LiveProcess, Says } from './scene.ts'

export type Json = Readonly<Record<string, unknown>>

/** A message in the right form, with the path that it is for. `from` is who would say it. */
export interface RightLetter {
  readonly from: Site
  readonly to: Site
  readonly path: string
  readonly message: Json
}

const id = () => `urn:uuid:${randomUUID()}`
const address = ({ publicUrl }: Site) => `${publicUrl}/dsp/2025-1`

/** The words of each machine: where they are posted and what they hold besides the process ids, written from the specification. */
const NEGOTIATION: Readonly<Record<string, { path: string; body: (process: LiveProcess) => Json }>> = {
  request: { path: '/request', body: ({ offer }) => ({ '@type': 'ContractRequestMessage', offer }) },
  offer: { path: '/offers', body: ({ offer }) => ({ '@type': 'ContractOfferMessage', offer }) },
  acceptance: {
    path: '/events',
    body: () => ({ '@type': 'ContractNegotiationEventMessage', eventType: 'ACCEPTED' }),
  },
  agreement: {
    path: '/agreement',
    body: (process) => ({ '@type': 'ContractAgreementMessage', agreement: agreementOf(process) }),
  },
  verification: {
    path: '/agreement/verification',
    body: () => ({ '@type': 'ContractAgreementVerificationMessage' }),
  },
  finalization: {
    path: '/events',
    body: () => ({ '@type': 'ContractNegotiationEventMessage', eventType: 'FINALIZED' }),
  },
  termination: {
    path: '/termination',
    body: () => ({ '@type': 'ContractNegotiationTerminationMessage', code: '99', reason: ['No.'] }),
  },
}

const TRANSFER: typeof NEGOTIATION = {
  start: {
    path: '/start',
    body: ({ peer }) => ({ '@type': 'TransferStartMessage', dataAddress: dataAddressAt(peer) }),
  },
  completion: { path: '/completion', body: () => ({ '@type': 'TransferCompletionMessage' }) },
  suspension: {
    path: '/suspension',
    body: () => ({ '@type': 'TransferSuspensionMessage', code: '99', reason: ['Wait.'] }),
  },
  termination: {
    path: '/termination',
    body: () => ({ '@type': 'TransferTerminationMessage', code: '99', reason: ['No.'] }),
  },
}

export const WORDS = { negotiations: NEGOTIATION, transfers: TRANSFER } as const

export function pathOf({ machine, pid }: Pick<LiveProcess, 'machine' | 'pid'>, says: Says): string {
  return `/${machine}/${encodeURIComponent(pid)}${WORDS[machine][says]?.path ?? ''}`
}

export function pidsOf({ role, pid, peerPid }: LiveProcess): { providerPid: string; consumerPid: string } {
  return role === 'provider' ? { providerPid: pid, consumerPid: peerPid } : { providerPid: peerPid, consumerPid: pid }
}

/** What the peer of a process says, in its right form, whether or not the process may hear it now. */
export function letterTo(process: LiveProcess, says: Says): RightLetter {
  const word = WORDS[process.machine][says]
  if (word === undefined) throw new Error(`no process of ${process.machine} hears ${says}`)
  return {
    from: process.peer,
    to: process.at,
    path: pathOf(process, says),
    message: { '@context': [DSP_CONTEXT], ...pidsOf(process), ...word.body(process) },
  }
}

export function agreementOf({ offer, role, at, peer, datasetId }: LiveProcess): Json {
  const [assigner, assignee] = role === 'provider' ? [at.did, peer.did] : [peer.did, at.did]
  const parties = { target: datasetId, assigner, assignee, timestamp: '2026-06-01T00:00:00Z' }
  return { ...offer, '@id': id(), '@type': 'Agreement', ...parties }
}

function dataAddressAt({ publicUrl }: Site): Json {
  const endpoint = `${publicUrl}/data/1`
  return {
    '@type': 'DataAddress',
    endpointType: 'https://w3id.org/idsa/v4.1/HTTP',
    endpoint,
    endpointProperties: [{ '@type': 'EndpointProperty', name: 'authorization', value: 'token' }],
  }
}

/** Messages that would open a process at `to`. */
export function openings({ at: to, peer: from, offer, agreementId }: LiveProcess): RightLetter[] {
  const common = { '@context': [DSP_CONTEXT], callbackAddress: address(from) }
  const request = { ...common, '@type': 'ContractRequestMessage', consumerPid: id(), offer }
  const offered = { ...common, '@type': 'ContractOfferMessage', providerPid: id(), offer }
  const letters = [
    { from, to, path: '/negotiations/request', message: request },
    { from, to, path: '/negotiations/offers', message: offered },
  ]
  if (agreementId === undefined) return letters
  const transfer = { ...common, '@type': 'TransferRequestMessage', consumerPid: id(), agreementId, format: PULL_FORMAT }
  return [...letters, { from, to, path: '/transfers/request', message: transfer }]
}

export function catalogLetter({ at: to, peer: from }: LiveProcess): RightLetter {
  const message = { '@context': [DSP_CONTEXT], '@type': 'CatalogRequestMessage' }
  return { from, to, path: '/catalog/request', message }
}
