import { describe, expect, it } from 'vitest'
import { Did, Instant } from '../../schemas/ids.ts'
import type { Role } from '../../schemas/dsp.ts'
import { type Negotiation, NegotiationPhase, NegotiationSpeech } from '../../schemas/negotiation.ts'
import { Agreement, MessageOffer } from '../../schemas/policy.ts'
import { leadsTo, NEGOTIATION_FIGURE } from '../../test/model/figures.ts'
import { otherRole } from '../dsp/process.ts'
import { type Accepted, decideNegotiation, isFinal, type NegotiationEvent } from './machine.ts'

const NOW = Instant.parse('2026-06-01T00:00:00.000Z')
const LAB = Did.parse('did:web:lab.example')
const BUREAU = Did.parse('did:web:bureau.example')
const OFFER = MessageOffer.parse({
  '@id': 'urn:uuid:offer',
  '@type': 'Offer',
  target: 'urn:uuid:dataset',
  permission: [{ action: 'use' }],
})
const AGREEMENT = Agreement.parse({
  ...OFFER,
  '@id': 'urn:uuid:agreement',
  '@type': 'Agreement',
  assigner: BUREAU,
  assignee: LAB,
  timestamp: NOW,
})

function start(role: Role): Negotiation {
  return {
    pid: `urn:uuid:${role}`,
    role,
    peer: role === 'consumer' ? BUREAU : LAB,
    peerAddress: 'https://peer.example/dsp/2025-1',
    datasetId: 'urn:uuid:dataset',
    offer: OFFER,
    offeredBy: 'provider',
    state: 'INITIAL',
    memberships: [],
    seen: [],
    createdAt: NOW,
    updatedAt: NOW,
  }
}

function at(role: Role, state: NegotiationPhase, more: Partial<Negotiation> = {}): Negotiation {
  return { ...start(role), peerPid: `urn:uuid:${role === 'consumer' ? 'provider' : 'consumer'}`, state, ...more }
}

function decide(process: Negotiation, event: NegotiationEvent) {
  return decideNegotiation(process, event, { now: NOW, self: process.role === 'consumer' ? LAB : BUREAU })
}

function heard(process: Negotiation, says: NegotiationSpeech, more: object = {}): NegotiationEvent {
  const peerPid = process.peerPid ?? 'urn:uuid:peer'
  const content = says === 'agreement' ? { agreement: AGREEMENT } : says === 'termination' ? {} : { offer: OFFER }
  return { kind: 'heard', says, id: `urn:uuid:${says}`, peerPid, ...content, ...more }
}

function accepted(decision: ReturnType<typeof decide>): Accepted {
  if ('code' in decision) throw new Error(decision.detail)
  return decision
}

describe('a negotiation', () => {
  it('moves and refuses exactly as the figure of the protocol says, in every state, for every message (N1)', () => {
    let rules = 0
    for (const role of ['consumer', 'provider'] as const) {
      for (const state of NegotiationPhase.options) {
        for (const says of NegotiationSpeech.options) {
          const process = at(role, state)
          const hears = decide(process, heard(process, says))
          expect('code' in hears || hears.repeated ? 'illegal' : hears.next.state).toBe(
            leadsTo(NEGOTIATION_FIGURE, [role, 'hears', says], state),
          )
          const intends = decide(process, { kind: 'intended', says, id: 'urn:uuid:own' })
          const to = 'code' in intends ? 'illegal' : (intends.next.pending?.to ?? intends.next.state)
          expect(to).toBe(leadsTo(NEGOTIATION_FIGURE, [role, 'says', says], state))
          rules += 2
        }
      }
    }
    expect(rules).toBe(224)
  })

  it('takes a termination from either side in every state that is not final (N2)', () => {
    for (const role of ['consumer', 'provider'] as const) {
      for (const state of NegotiationPhase.options.filter((phase) => phase !== 'INITIAL')) {
        const process = at(role, state)
        expect('code' in decide(process, heard(process, 'termination'))).toBe(isFinal(state))
      }
    }
  })

  it('stays in its state until the peer has acknowledged what it says (N3)', () => {
    const process = at('consumer', 'AGREED')
    const { next, effects } = accepted(decide(process, { kind: 'intended', says: 'verification', id: 'urn:uuid:v' }))
    expect([next.state, next.pending?.to, effects]).toEqual(['AGREED', 'VERIFIED', ['send']])
    const settled = accepted(decide(next, { kind: 'acknowledged', id: 'urn:uuid:v' }))
    expect([settled.next.state, settled.next.pending]).toEqual(['VERIFIED', undefined])
  })

  it('takes a later message of the peer as the acknowledgement that got lost (N4)', () => {
    const waiting = accepted(
      decide(at('provider', 'REQUESTED'), {
        kind: 'intended',
        says: 'agreement',
        id: 'urn:uuid:a',
        agreement: AGREEMENT,
      }),
    ).next
    const { next } = accepted(decide(waiting, heard(waiting, 'verification')))
    expect([next.state, next.agreement?.['@id']]).toEqual(['VERIFIED', 'urn:uuid:agreement'])
    expect(accepted(decide(next, { kind: 'acknowledged', id: 'urn:uuid:a' })).repeated).toBe(true)
  })

  it('is opened by either side: by a request, or by an offer that nobody asked for (N11)', () => {
    const offered = accepted(decide(start('consumer'), heard(start('consumer'), 'offer'))).next
    expect([offered.state, offered.offeredBy, offered.peerPid]).toEqual(['OFFERED', 'provider', 'urn:uuid:peer'])
    const opening = accepted(
      decide(start('provider'), { kind: 'intended', says: 'offer', id: 'urn:uuid:o', offer: OFFER }),
    ).next
    expect([opening.state, opening.pending?.to]).toEqual(['INITIAL', 'OFFERED'])
    const countered = accepted(
      decide(opening, heard(opening, 'request', { offer: { ...OFFER, target: undefined } })),
    ).next
    expect([countered.state, countered.pending, countered.offer.target]).toEqual([
      'REQUESTED',
      undefined,
      'urn:uuid:dataset',
    ])
  })

  it('takes a counter-offer for the dataset that is negotiated alone (N8)', () => {
    const other = { offer: { ...OFFER, target: 'urn:uuid:other' } }
    expect(decide(at('provider', 'OFFERED'), heard(at('provider', 'OFFERED'), 'request', other))).toMatchObject({
      code: 'invalid-request',
    })
    expect(decide(at('consumer', 'REQUESTED'), heard(at('consumer', 'REQUESTED'), 'offer', other))).toMatchObject({
      code: 'invalid-request',
    })
  })

  it('takes the agreement before the answer to its own request, and learns the process id from it (N4)', () => {
    const asked = accepted(
      decide(start('consumer'), { kind: 'intended', says: 'request', id: 'urn:uuid:r', offer: OFFER }),
    )
    const { next } = accepted(decide(asked.next, heard(asked.next, 'agreement')))
    expect([next.state, next.peerPid]).toEqual(['AGREED', 'urn:uuid:peer'])
  })

  it('acknowledges a repeated message again without a change, also when it is late (N5)', () => {
    const process = at('provider', 'AGREED')
    const once = accepted(decide(process, heard(process, 'verification'))).next
    const final = { ...once, state: 'FINALIZED' as const }
    expect(decide(final, heard(final, 'verification'))).toEqual({ next: final, effects: [], repeated: true })
  })

  it('recognises a repetition without an id only as the last message, and a second counter-offer never (N5)', () => {
    const id = 'digest:00'
    const process = at('provider', 'AGREED')
    const once = accepted(decide(process, heard(process, 'verification', { id }))).next
    expect(accepted(decide(once, heard(once, 'verification', { id }))).repeated).toBe(true)
    const offered = at('provider', 'OFFERED')
    const countered = accepted(decide(offered, heard(offered, 'request', { id }))).next
    expect(decide(countered, heard(countered, 'request', { id }))).toMatchObject({ code: 'illegal-transition' })
  })

  it('takes a verification of what is verified and a finalization of what is final again under any id (N5)', () => {
    const repeated = [
      ['provider', 'VERIFIED', 'verification'],
      ['consumer', 'FINALIZED', 'finalization'],
    ] as const
    for (const [role, state, says] of repeated) {
      const process = at(role, state)
      const decision = accepted(decide(process, heard(process, says)))
      expect([decision.repeated, decision.next, decision.effects]).toEqual([true, process, []])
      const speaker = at(otherRole(role), state)
      expect(decide(speaker, heard(speaker, says))).toMatchObject({ code: 'illegal-transition' })
    }
  })

  it('refuses everything but a termination once it has decided to terminate (N6)', () => {
    const leaving = accepted(
      decide(at('consumer', 'VERIFIED'), { kind: 'intended', says: 'termination', id: 'urn:uuid:t' }),
    ).next
    expect(decide(leaving, heard(leaving, 'finalization'))).toMatchObject({ code: 'illegal-transition' })
    expect(accepted(decide(leaving, heard(leaving, 'termination'))).next.state).toBe('TERMINATED')
  })

  it('cannot take back a finalization that is on its way (N7)', () => {
    const closing = accepted(
      decide(at('provider', 'VERIFIED'), { kind: 'intended', says: 'finalization', id: 'urn:uuid:f' }),
    ).next
    expect(decide(closing, { kind: 'intended', says: 'termination', id: 'urn:uuid:t' })).toMatchObject({
      code: 'conflict',
    })
  })

  it.each([
    ['other rules', { agreement: Agreement.parse({ ...AGREEMENT, permission: [{ action: 'distribute' }] }) }],
    ['another dataset', { agreement: { ...AGREEMENT, target: 'urn:uuid:else' } }],
    ['another provider', { agreement: { ...AGREEMENT, assigner: 'did:web:else.example' } }],
    ['another consumer', { agreement: { ...AGREEMENT, assignee: 'did:web:else.example' } }],
    ['no agreement', { agreement: undefined }],
    ['a foreign process id', { peerPid: 'urn:uuid:else' }],
  ])('refuses an agreement with %s and stays as it is (N8)', (_, more) => {
    const process = at('consumer', 'REQUESTED')
    expect(decide(process, heard(process, 'agreement', more))).toMatchObject({ code: 'invalid-request' })
  })

  it('ends when the peer refuses what it says, and says so to the peer (N9)', () => {
    const waiting = accepted(
      decide(at('provider', 'REQUESTED'), {
        kind: 'intended',
        says: 'agreement',
        id: 'urn:uuid:a',
        agreement: AGREEMENT,
      }),
    ).next
    const event = { kind: 'refused', id: 'urn:uuid:a', reasons: ['no'], followUp: 'urn:uuid:t' } as const
    const { next } = accepted(decide(waiting, event))
    expect([next.state, next.pending?.says]).toEqual(['REQUESTED', 'termination'])
    const over = accepted(decide(next, { kind: 'refused', id: 'urn:uuid:t', reasons: [], followUp: 'urn:uuid:x' })).next
    expect(over.state).toBe('TERMINATED')
  })
})
