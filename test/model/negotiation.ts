import { type negotiationMachine, type NegotiationContent } from '../../protocol/negotiation/machine.ts'
import { sameRules } from '../../protocol/policy/canonical.ts'
import type { Role } from '../../schemas/dsp.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import { type Negotiation, NegotiationSpeech, type PendingNegotiationMessage } from '../../schemas/negotiation.ts'
import { Agreement, MessageOffer } from '../../schemas/policy.ts'
import { NEGOTIATION_FIGURE } from './figures.ts'
import type { Kind, Letter, Name } from './kind.ts'

const NOW = Instant.parse('2026-06-01T00:00:00.000Z')
const DIDS = { consumer: Did.parse('did:web:lab.example'), provider: Did.parse('did:web:bureau.example') }
const PEERS = { consumer: DIDS.provider, provider: DIDS.consumer }

/** Two offers of the same dataset are enough for every counter-offer: it is the one on the table or it is not. */
const TERMS = (['use', 'distribute'] as const).map((action) =>
  MessageOffer.parse({
    '@id': `urn:offer:${action}`,
    '@type': 'Offer',
    target: 'urn:uuid:dataset',
    permission: [{ action }],
  }),
)
const FIRST = TERMS[0] as MessageOffer

/** The agreement on each of the terms, parsed once; ids come with the message. */
const AGREEMENTS = TERMS.map((offer) =>
  Agreement.parse({
    ...offer,
    '@id': 'urn:uuid:agreement',
    '@type': 'Agreement',
    assigner: DIDS.provider,
    assignee: DIDS.consumer,
    timestamp: NOW,
  }),
)

function start(role: Role, offer: MessageOffer): Negotiation {
  return {
    pid: `urn:uuid:${role}`,
    role,
    peer: PEERS[role],
    peerAddress: 'https://peer.example/dsp/2025-1',
    datasetId: 'urn:uuid:dataset',
    offer,
    offeredBy: 'consumer',
    state: 'INITIAL',
    memberships: [],
    seen: [],
    createdAt: NOW,
    updatedAt: NOW,
  }
}

/** Consumer before provider; the side that is behind has not heard yet that its message arrived. */
const PAIRS = [
  'INITIAL/REQUESTED',
  'OFFERED/INITIAL',
  'OFFERED/REQUESTED',
  'OFFERED/ACCEPTED',
  'AGREED/REQUESTED',
  'AGREED/ACCEPTED',
  'AGREED/VERIFIED',
  'FINALIZED/VERIFIED',
]

export function negotiationKind(decide: ReturnType<typeof negotiationMachine>): Kind<Negotiation> {
  const setting = (role: Role) => ({ now: NOW, self: DIDS[role] })
  const say = (process: Negotiation, says: NegotiationSpeech, more: { id: string } & NegotiationContent) =>
    decide(process, { kind: 'intended', says, ...more }, setting(process.role))
  return {
    figure: NEGOTIATION_FIGURE,
    final: ['FINALIZED', 'TERMINATED'],
    pairs: new Set(PAIRS),
    towardsSuccess: ['finalization', 'verification', 'agreement', 'acceptance'],
    success: 'FINALIZED',
    openings: () => [
      say(start('consumer', FIRST), 'request', { id: 'urn:uuid:0', offer: FIRST }),
      say(start('provider', FIRST), 'offer', { id: 'urn:uuid:0', offer: FIRST }),
    ],
    born: (letter) => start(letter.from === 'consumer' ? 'provider' : 'consumer', contentOf(letter).offer ?? FIRST),
    words: (process, id) =>
      NegotiationSpeech.options.flatMap((says) =>
        contents(process, says, id).map((content) => ({ says, decide: () => say(process, says, { id, ...content }) })),
      ),
    hear: (process, letter, { identity, peerPid }) => {
      const { says, offer, agreement, termination } = contentOf(letter)
      const event = { kind: 'heard', id: identity, peerPid, says, offer, agreement, termination } as const
      return decide(process, event, setting(process.role))
    },
    answered: (process, answer) => decide(process, answer, setting(process.role)),
    digest: (letter) => {
      const { says, offer, agreement } = contentOf(letter)
      const opening = letter.opening ? 'opening ' : ''
      return `${opening}${says} ${offer?.['@id'] ?? ''}${agreement === undefined ? '' : `#${agreement['@id']}`}`
    },
    forget: (process, { coming }) => {
      const last = process.seen.at(-1)
      const seen = process.seen.filter((id) => coming.has(id) && !id.startsWith('digest:'))
      return { ...process, seen: last?.startsWith('digest:') === true ? [...seen, last] : seen }
    },
    facts,
    letterFacts: (pending, name) => contentFacts(pending as PendingNegotiationMessage, name),
    pairFault,
    stepFault: (before) => (['FINALIZED', 'TERMINATED'].includes(before.state) ? 'a final process moved' : undefined),
  }
}

function contents(process: Negotiation, says: NegotiationSpeech, id: string): NegotiationContent[] {
  if (says === 'request' || says === 'offer') return TERMS.map((offer) => ({ offer }))
  if (says === 'agreement')
    return AGREEMENTS.map((agreement) => ({ agreement: { ...agreement, '@id': `${id}-agreement` } }))
  if (says === 'termination') return [{ termination: { by: process.role, reasons: [] } }]
  return [{}]
}

function contentOf({ pending }: Letter): PendingNegotiationMessage {
  return pending as PendingNegotiationMessage
}

function facts(process: Negotiation, name: Name): string {
  const { state, peerPid, offer, offeredBy, agreement, pending, seen } = process
  return [
    state,
    peerPid === undefined ? 'alone' : '',
    pending === undefined ? '' : `${pending.says}>${pending.to} ${name(pending.id)} ${contentFacts(pending, name)}`,
    offer['@id'],
    offeredBy,
    agreementFacts(agreement, name),
    seen.map(name).join(' '),
  ].join(',')
}

function contentFacts({ offer, agreement }: PendingNegotiationMessage, name: Name): string {
  return `${offer?.['@id'] ?? ''}${agreementFacts(agreement, name)}`
}

function agreementFacts(agreement: Agreement | undefined, name: Name): string {
  return agreement === undefined ? '' : `${name(agreement['@id'])}${agreement.permission?.[0]?.action ?? ''}`
}

function pairFault(consumer: Negotiation, provider: Negotiation, quiet: boolean): string | undefined {
  const { state } = consumer
  if (state === 'FINALIZED' && (consumer.agreement === undefined || !sameRules(consumer.agreement, consumer.offer))) {
    return 'an agreement that is not on the offer'
  }
  if (
    state === 'FINALIZED' &&
    provider.state === state &&
    provider.agreement?.['@id'] !== consumer.agreement?.['@id']
  ) {
    return 'two agreements'
  }
  const terms = sameRules(consumer.offer, provider.offer) && consumer.offeredBy === provider.offeredBy
  const alike = state === provider.state && state !== 'TERMINATED'
  return quiet && alike && !terms ? `other terms in ${state}` : undefined
}
