import { instantOf } from '../../protocol/instant.ts'
import { decideNegotiation, type NegotiationContent } from '../../protocol/negotiation/machine.ts'
import { pidsSeenAs } from '../../protocol/dsp/messages.ts'
import { otherRole, terminationBy } from '../../protocol/dsp/process.ts'
import { messageIdentity } from '../../protocol/dsp/seen.ts'
import { sameRules } from '../../protocol/policy/canonical.ts'
import { membershipsOf } from '../../protocol/policy/memberships.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { Role } from '../../schemas/dsp.ts'
import {
  type ContractOfferMessage,
  type ContractRequestMessage,
  type Negotiation,
  type NegotiationMessage,
  type NegotiationSpeech,
  PURPOSE_MEMBER,
} from '../../schemas/negotiation.ts'
import type { MessageOffer } from '../../schemas/policy.ts'
import type { ProcessInbox } from '../dsp/inbox.ts'
import type { Peer } from '../identity/operations.ts'
import type { NegotiationDeps } from './operations.ts'
import { begin, step } from './step.ts'

type Opening = ContractRequestMessage | ContractOfferMessage

export type NegotiationInbox = ProcessInbox<Negotiation, Opening, NegotiationMessage>

export function createNegotiationInbox(deps: NegotiationDeps): NegotiationInbox {
  return {
    find: async (pid, peer) => {
      const stored = await deps.store.get(pid)
      return stored?.process.peer === peer.id ? stored.process : undefined
    },
    open: (peer, message) => open(deps, peer, message),
    hear: async (peer, process, message) => {
      const { own, other } = pidsSeenAs(process.role, message)
      if (own !== process.pid || other === undefined) {
        refuse('invalid-request', 'the process ids of the message are not those of the process', 'Check both ids.')
      }
      if (message['@type'] === 'ContractAgreementMessage') await refuseKnownId(deps, process, message.agreement['@id'])
      const decision = await step(deps, {
        pid: process.pid,
        event: { kind: 'heard', id: messageIdentity(message), peerPid: other, ...meaning(message, process) },
        prepare: (stored) => ({ ...stored, memberships: membershipsOf(peer.credentials) }),
      })
      if (decision === undefined) return refuse('not-found', 'there is no such process', '')
      if ('code' in decision) throw new Refused(decision)
      return decision.next
    },
  }
}

/** Everything about an agreement is found by its id, also what another provider has signed. */
async function refuseKnownId({ store }: NegotiationDeps, { pid }: Negotiation, id: string): Promise<void> {
  const known = await store.ofAgreement(id)
  if (known === undefined || known.process.pid === pid) return
  refuse('conflict', 'another exchange has an agreement of this id', 'Give every agreement an id of its own.')
}

/** What a first message says of the process that it opens here. */
function opened(message: Opening) {
  const says = message['@type'] === 'ContractRequestMessage' ? 'request' : 'offer'
  const role: Role = says === 'request' ? 'provider' : 'consumer'
  const { own, other } = pidsSeenAs(role, message)
  if (own !== undefined || other === undefined || message.callbackAddress === undefined) {
    return refuse(
      'invalid-request',
      'a message that opens a negotiation needs a callback address and the process id of its sender alone',
      role === 'provider' ? 'Send callbackAddress, not providerPid.' : 'Send callbackAddress, not consumerPid.',
    )
  }
  return { says, role, peerPid: other, callbackAddress: message.callbackAddress } as const
}

async function open(deps: NegotiationDeps, peer: Peer, message: Opening): Promise<Negotiation> {
  const { says, role, peerPid, callbackAddress } = opened(message)
  const { offer } = message
  const id = messageIdentity(message)
  const known = { role, peer: peer.id, peerPid }
  const existing = await deps.store.ofPeer(known)
  if (existing !== undefined) return sameAgain(existing.process, { id, offer })
  const fresh: Negotiation = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role,
    peer: peer.id,
    peerAddress: await deps.partners.callbackOf(peer.id, callbackAddress),
    datasetId: await datasetOf(deps, role, offer),
    offer,
    offeredBy: otherRole(role),
    memberships: membershipsOf(peer.credentials),
    ...purposeOf(message),
    state: 'INITIAL',
    seen: [],
    createdAt: instantOf(deps.clock.now()),
    updatedAt: instantOf(deps.clock.now()),
  }
  const event = { kind: 'heard', says, id, peerPid, offer } as const
  const decision = decideNegotiation(fresh, event, { now: fresh.createdAt, self: deps.identity.did })
  if ('code' in decision) throw new Refused(decision)
  if ((await begin(deps, decision)) === 'committed') return decision.next
  const raced = await deps.store.ofPeer(known)
  return raced === undefined
    ? refuse('unavailable', 'the request met another one', 'Send it again.')
    : sameAgain(raced.process, { id, offer })
}

async function datasetOf({ catalogs }: NegotiationDeps, role: Role, offer: MessageOffer): Promise<string> {
  if (offer.target !== undefined) return offer.target
  if (role === 'provider') return (await catalogs.findOffer(offer))?.datasetId ?? offer['@id']
  return refuse('invalid-request', 'the offer does not say which dataset it is for', 'Send the target of the offer.')
}

function purposeOf(message: Opening): { purpose?: string } {
  const purpose = message['@type'] === 'ContractRequestMessage' ? message[PURPOSE_MEMBER] : undefined
  return purpose === undefined ? {} : { purpose }
}

/** Some connectors give every try of a message an id of its own: the terms that are still on the table are the same request. */
function sameAgain(process: Negotiation, { id, offer }: { id: string; offer: MessageOffer }): Negotiation {
  const { seen, offer: known, offeredBy, role, datasetId } = process
  const target = offer.target ?? datasetId
  const sameTerms = known['@id'] === offer['@id'] && target === datasetId && sameRules(known, offer)
  if (seen.includes(id) || (sameTerms && offeredBy === otherRole(role))) return process
  return refuse('conflict', 'there is another negotiation with this process id', 'Use a fresh process id.')
}

function meaning(message: NegotiationMessage, process: Negotiation): { says: NegotiationSpeech } & NegotiationContent {
  switch (message['@type']) {
    case 'ContractRequestMessage':
      return { says: 'request', offer: message.offer }
    case 'ContractOfferMessage':
      return { says: 'offer', offer: message.offer }
    case 'ContractAgreementMessage':
      return { says: 'agreement', agreement: message.agreement }
    case 'ContractAgreementVerificationMessage':
      return { says: 'verification' }
    case 'ContractNegotiationEventMessage':
      return { says: message.eventType === 'ACCEPTED' ? 'acceptance' : 'finalization' }
    case 'ContractNegotiationTerminationMessage':
    default:
      return { says: 'termination', termination: terminationBy(otherRole(process.role), message) }
  }
}
