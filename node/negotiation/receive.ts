import { instantOf } from '../../protocol/instant.ts'
import { decideNegotiation, type NegotiationContent } from '../../protocol/negotiation/machine.ts'
import { pidsSeenAs } from '../../protocol/dsp/messages.ts'
import { otherRole, terminationBy } from '../../protocol/dsp/process.ts'
import { messageIdentity } from '../../protocol/dsp/seen.ts'
import { membershipsOf } from '../../protocol/policy/memberships.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import {
  type ContractRequestMessage,
  type Negotiation,
  type NegotiationMessage,
  type NegotiationSpeech,
  PURPOSE_MEMBER,
} from '../../schemas/negotiation.ts'
import type { ProcessInbox } from '../dsp/inbox.ts'
import type { Peer } from '../identity/operations.ts'
import type { NegotiationDeps } from './operations.ts'
import { begin, step } from './step.ts'

export type NegotiationInbox = ProcessInbox<Negotiation, ContractRequestMessage, NegotiationMessage>

export function createNegotiationInbox(deps: NegotiationDeps): NegotiationInbox {
  return {
    find: async (pid, peer) => {
      const stored = await deps.store.get(pid)
      return stored?.process.peer === peer.did ? stored.process : undefined
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

async function open(deps: NegotiationDeps, peer: Peer, message: ContractRequestMessage): Promise<Negotiation> {
  const { callbackAddress, consumerPid, offer } = message
  if (callbackAddress === undefined) {
    refuse('invalid-request', 'a first request needs a callback address', 'Send callbackAddress, not providerPid.')
  }
  const id = messageIdentity(message)
  const existing = await deps.store.ofConsumer(peer.did, consumerPid)
  if (existing !== undefined) return sameAgain(existing.process, id)
  const peerAddress = await deps.partners.callbackOf(peer.did, callbackAddress)
  const now = instantOf(deps.clock.now())
  const purpose = message[PURPOSE_MEMBER]
  const fresh: Negotiation = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role: 'provider',
    peer: peer.did,
    peerAddress,
    datasetId: offer.target ?? (await deps.catalogs.findOffer(offer))?.datasetId ?? offer['@id'],
    offer,
    offeredBy: 'consumer',
    memberships: membershipsOf(peer.credentials),
    ...(purpose === undefined ? {} : { purpose }),
    state: 'INITIAL',
    seen: [],
    createdAt: now,
    updatedAt: now,
  }
  const event = { kind: 'heard', says: 'request', id, peerPid: consumerPid, offer } as const
  const decision = decideNegotiation(fresh, event, { now, self: deps.identity.did })
  if ('code' in decision) throw new Refused(decision)
  if ((await begin(deps, decision)) === 'committed') return decision.next
  const raced = await deps.store.ofConsumer(peer.did, consumerPid)
  return raced === undefined
    ? refuse('unavailable', 'the request met another one', 'Send it again.')
    : sameAgain(raced.process, id)
}

function sameAgain(process: Negotiation, id: string): Negotiation {
  if (process.seen.includes(id)) return process
  return refuse('conflict', 'there is another negotiation with this consumerPid', 'Use a fresh consumerPid.')
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
