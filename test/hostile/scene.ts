import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { createNegotiationStore } from '../../node/adapters/sqlite/negotiation-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { createTransferStore } from '../../node/adapters/sqlite/transfer-store.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { otherRole } from '../../protocol/dsp/process.ts'
import { instantOf } from '../../protocol/instant.ts'
import { decideNegotiation, type NegotiationContent } from '../../protocol/negotiation/machine.ts'
import { pullAddress } from '../../protocol/transfer/data-address.ts'
import { decideTransfer } from '../../protocol/transfer/machine.ts'
import type { Role } from '../../schemas/dsp.ts'
import { Did } from '../../schemas/ids.ts'
import type { AgreementRecord, Negotiation, NegotiationSpeech } from '../../schemas/negotiation.ts'
import { Agreement, MessageOffer, type Offer } from '../../schemas/policy.ts'
import { PULL_FORMAT, type Transfer, type TransferSpeech } from '../../schemas/transfer.ts'
import { publish, type Site } from '../network/exchange-helpers.ts'

export type Says = NegotiationSpeech | TransferSpeech

/** A process at the site that is written to, as its peer could know it. */
export interface LiveProcess {
  readonly machine: 'negotiations' | 'transfers'
  readonly at: Site
  readonly peer: Site
  readonly role: Role
  readonly state: string
  readonly pid: string
  readonly peerPid: string
  readonly datasetId: string
  readonly agreementId: string | undefined
  readonly offer: MessageOffer
  /** What the peer may say now, as the figures of DSP 2025-1 have it. */
  readonly hears: readonly Says[]
}

/** Who says what, in the order in which it is said; `by` the last alone when it has not arrived yet. */
interface Script {
  readonly state: string
  readonly said: readonly (readonly [Role, Says])[]
  readonly hears: Readonly<Record<Role, readonly Says[]>>
}

const ended = { consumer: [], provider: [] }
const asked = ['consumer', 'request'] as const
const offered = ['provider', 'offer'] as const
const accepted = ['consumer', 'acceptance'] as const
const agreed = ['provider', 'agreement'] as const
const verified = ['consumer', 'verification'] as const
const finalized = ['provider', 'finalization'] as const
const OFFERED = { consumer: ['termination'], provider: ['request', 'acceptance', 'termination'] } as const
const REQUESTED = { consumer: ['offer', 'agreement', 'termination'], provider: ['termination'] } as const

const NEGOTIATIONS: readonly Script[] = [
  { state: 'REQUESTED', said: [asked], hears: REQUESTED },
  { state: 'OFFERED', said: [asked, offered], hears: OFFERED },
  { state: 'OFFERED', said: [offered], hears: OFFERED },
  {
    state: 'ACCEPTED',
    said: [asked, offered, accepted],
    hears: { consumer: ['agreement', 'termination'], provider: ['termination'] },
  },
  {
    state: 'AGREED',
    said: [asked, agreed],
    hears: { consumer: ['termination'], provider: ['verification', 'termination'] },
  },
  {
    state: 'VERIFIED',
    said: [asked, agreed, verified],
    hears: { consumer: ['finalization', 'termination'], provider: ['termination'] },
  },
  { state: 'FINALIZED', said: [asked, agreed, verified, finalized], hears: ended },
  { state: 'TERMINATED', said: [asked, ['provider', 'termination']], hears: ended },
]

const requested = ['consumer', 'request'] as const
const started = ['provider', 'start'] as const
const running = ['completion', 'suspension', 'termination'] as const

const TRANSFERS: readonly Script[] = [
  {
    state: 'REQUESTED',
    said: [requested],
    hears: { consumer: ['start', 'termination'], provider: ['termination'] },
  },
  { state: 'STARTED', said: [requested, started], hears: { consumer: running, provider: running } },
  {
    state: 'SUSPENDED',
    said: [requested, started, ['provider', 'suspension']],
    hears: { consumer: ['start', 'termination'], provider: ['termination'] },
  },
  {
    state: 'SUSPENDED',
    said: [requested, started, ['consumer', 'suspension']],
    hears: { consumer: ['start', 'termination'], provider: ['start', 'termination'] },
  },
  { state: 'COMPLETED', said: [requested, started, ['consumer', 'completion']], hears: ended },
  { state: 'TERMINATED', said: [requested, ['consumer', 'termination']], hears: ended },
]

export interface Exchange {
  readonly provider: Site
  readonly consumer: Site
  readonly dataset: { readonly id: string; readonly offers: readonly Offer[] }
}

const id = () => `urn:uuid:${randomUUID()}`
const now = () => instantOf(Date.now())

/** Puts a process in every state into the stores of both nodes; the machines of both sides bring it there. */
async function processesInEveryState(exchange: Exchange): Promise<LiveProcess[]> {
  const stores = { provider: openStores(exchange.provider), consumer: openStores(exchange.consumer) }
  const live: LiveProcess[] = []
  let agreementId = ''
  for (const { state, said, hears } of NEGOTIATIONS) {
    const sides = playNegotiation(exchange, said)
    for (const role of ['consumer', 'provider'] as const) {
      const process = sides[role]
      await stores[role].keep(process)
      agreementId = process.agreement?.['@id'] ?? agreementId
      live.push(seen(exchange, { machine: 'negotiations', process, state, hears: hears[role] }))
    }
  }
  for (const role of ['consumer', 'provider'] as const) {
    const process = opening(exchange, role)
    await stores[role].keep(process)
    const hears = role === 'consumer' ? REQUESTED.consumer : OFFERED.provider
    live.push(seen(exchange, { machine: 'negotiations', process, state: 'INITIAL', hears }))
  }
  for (const { state, said, hears } of TRANSFERS) {
    const sides = playTransfer(exchange, agreementId, said)
    for (const role of ['consumer', 'provider'] as const) {
      const process = sides[role]
      await stores[role].transfers.insert(process, {})
      live.push(seen(exchange, { machine: 'transfers', process, state, hears: hears[role] }))
    }
  }
  for (const role of ['consumer', 'provider'] as const) stores[role].close()
  return live
}

function openStores({ dataDir }: Site) {
  const db = openDatabase(join(dataDir, databaseFile))
  const negotiations = createNegotiationStore(db, systemClock)
  return {
    transfers: createTransferStore(db, systemClock),
    keep: async (process: Negotiation) => {
      await negotiations.insert(process, {})
      const agreement = recordOf(process)
      if (agreement !== undefined) await negotiations.change({ process, version: 1, agreement, effects: {} })
    },
    close: () => db.close(),
  }
}

function recordOf(process: Negotiation): AgreementRecord | undefined {
  const { agreement, pid, role, peer, peerAddress, datasetId, offer, updatedAt } = process
  if (agreement === undefined || process.state !== 'FINALIZED') return undefined
  const known = { id: agreement['@id'], role, negotiationId: pid, peer, peerAddress, datasetId }
  return { ...known, offer, agreement, finalizedAt: updatedAt }
}

function seen(
  exchange: Exchange,
  {
    machine,
    process,
    state,
    hears,
  }: {
    machine: LiveProcess['machine']
    process: Negotiation | Transfer
    state: string
    hears: readonly Says[]
  },
): LiveProcess {
  const { role, pid, peerPid = id(), datasetId } = process
  if (process.state !== state) throw new Error(`the script led to ${process.state} and not to ${state}`)
  const agreementId = 'agreementId' in process ? process.agreementId : process.agreement?.['@id']
  const known = { machine, at: exchange[role], peer: exchange[otherRole(role)], role, state, pid, peerPid }
  return { ...known, datasetId, agreementId, offer: messageOffer(exchange), hears }
}

function messageOffer({ dataset }: Exchange): MessageOffer {
  return MessageOffer.parse({ ...dataset.offers[0], target: dataset.id })
}

function blank(exchange: Exchange, role: Role) {
  const peer = exchange[otherRole(role)]
  return {
    pid: id(),
    role,
    peer: Did.parse(peer.did),
    peerAddress: `${peer.publicUrl}/dsp/2025-1`,
    datasetId: exchange.dataset.id,
    memberships: [],
    state: 'INITIAL' as const,
    seen: [],
    createdAt: now(),
    updatedAt: now(),
  }
}

function blankNegotiation(exchange: Exchange, role: Role): Negotiation {
  return { ...blank(exchange, role), offer: messageOffer(exchange), offeredBy: 'provider' }
}

function content(exchange: Exchange, says: Says): NegotiationContent {
  const offer = messageOffer(exchange)
  if (says === 'request' || says === 'offer') return { offer }
  if (says !== 'agreement') return {}
  const parties = { assigner: exchange.provider.did, assignee: exchange.consumer.did }
  return {
    agreement: Agreement.parse({ ...offer, ...parties, '@id': id(), '@type': 'Agreement', timestamp: now() }),
  }
}

/** A negotiation whose first message is still on its way. */
function opening(exchange: Exchange, role: Role): Negotiation {
  const says = role === 'consumer' ? 'request' : 'offer'
  const event = { kind: 'intended', says, id: id(), ...content(exchange, says) } as const
  return negotiated(exchange, blankNegotiation(exchange, role), event)
}

function negotiated(exchange: Exchange, process: Negotiation, event: Parameters<typeof decideNegotiation>[1]) {
  const decision = decideNegotiation(process, event, { now: now(), self: exchange[process.role].did })
  if ('code' in decision) throw new Error(decision.detail)
  return decision.next
}

function playNegotiation(exchange: Exchange, said: Script['said']): Record<Role, Negotiation> {
  const sides = { consumer: blankNegotiation(exchange, 'consumer'), provider: blankNegotiation(exchange, 'provider') }
  for (const [by, word] of said) {
    const says = word as NegotiationSpeech
    const to = otherRole(by)
    const message = { says, id: id(), ...content(exchange, says) }
    sides[by] = negotiated(exchange, sides[by], { kind: 'intended', ...message })
    sides[to] = negotiated(exchange, sides[to], { kind: 'heard', ...message, peerPid: sides[by].pid })
    sides[by] = negotiated(exchange, sides[by], { kind: 'acknowledged', id: message.id, peerPid: sides[to].pid })
  }
  return sides
}

function transferred(process: Transfer, event: Parameters<typeof decideTransfer>[1]): Transfer {
  const decision = decideTransfer(process, event, now())
  if ('code' in decision) throw new Error(decision.detail)
  return decision.next
}

function playTransfer(exchange: Exchange, agreementId: string, said: Script['said']): Record<Role, Transfer> {
  const fresh = { agreementId, format: PULL_FORMAT }
  const sides: Record<Role, Transfer> = {
    consumer: { ...blank(exchange, 'consumer'), ...fresh },
    provider: { ...blank(exchange, 'provider'), ...fresh },
  }
  for (const [by, word] of said) {
    const says = word as TransferSpeech
    const to = otherRole(by)
    const message = { says, id: id() }
    const dataAddress = pullAddress(`${exchange.provider.publicUrl}/data/${sides.provider.pid}`, 'token')
    const given = says === 'start' ? { dataAddress } : {}
    sides[by] = transferred(sides[by], { kind: 'intended', ...message })
    sides[to] = transferred(sides[to], { kind: 'heard', ...message, ...given, peerPid: sides[by].pid })
    sides[by] = transferred(sides[by], { kind: 'acknowledged', id: message.id, peerPid: sides[to].pid })
  }
  return sides
}

/** Processes between two nodes, in every state, each node in both roles; both publish a dataset for them. */
export async function processesBetween(one: Site, other: Site): Promise<LiveProcess[]> {
  const live: LiveProcess[] = []
  for (const [provider, consumer] of [
    [one, other],
    [other, one],
  ] as const) {
    const dataset = await publish(provider, [{ partners: 'members' }])
    live.push(...(await processesInEveryState({ provider, consumer, dataset })))
  }
  return live
}
