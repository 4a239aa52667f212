import { describe, expect, it } from 'vitest'
import { Instant } from '../../schemas/ids.ts'
import type { Role } from '../../schemas/dsp.ts'
import { type Transfer, TransferPhase, TransferSpeech } from '../../schemas/transfer.ts'
import { leadsTo, TRANSFER_FIGURE } from '../../test/model/figures.ts'
import { type Accepted, decideTransfer, isFinal, type TransferEvent } from './machine.ts'
import { freshTransfer } from '../../test/model/fresh-transfer.ts'

const NOW = Instant.parse('2026-06-01T00:00:00.000Z')

function at(role: Role, state: TransferPhase, more: Partial<Transfer> = {}): Transfer {
  return {
    ...freshTransfer(role),
    peerPid: `urn:uuid:${role === 'consumer' ? 'provider' : 'consumer'}`,
    state,
    ...more,
  }
}

function heard(process: Transfer, says: TransferSpeech, id = `urn:uuid:${says}`): TransferEvent {
  return { kind: 'heard', says, id, peerPid: process.peerPid ?? 'urn:uuid:peer' }
}

function intended(says: TransferSpeech): TransferEvent {
  return { kind: 'intended', says, id: `urn:uuid:own-${says}` }
}

const decide = (process: Transfer, event: TransferEvent) => decideTransfer(process, event, NOW)

function accepted(decision: ReturnType<typeof decide>): Accepted {
  if ('code' in decision) throw new Error(decision.detail)
  return decision
}

describe('a transfer', () => {
  it('moves and refuses exactly as the figure of the protocol says, in every state, for every message (T1)', () => {
    let rules = 0
    for (const role of ['consumer', 'provider'] as const) {
      for (const state of TransferPhase.options) {
        for (const says of TransferSpeech.options) {
          const process = at(role, state)
          const hears = decide(process, heard(process, says))
          expect('code' in hears ? 'illegal' : hears.next.state).toBe(
            leadsTo(TRANSFER_FIGURE, [role, 'hears', says], state),
          )
          const intends = decide(process, intended(says))
          const to = 'code' in intends ? 'illegal' : (intends.next.pending?.to ?? intends.next.state)
          expect(to).toBe(leadsTo(TRANSFER_FIGURE, [role, 'says', says], state))
          rules += 2
        }
      }
    }
    expect(rules).toBe(120)
  })

  it('takes a termination from either side in every state that is not final (T2)', () => {
    for (const role of ['consumer', 'provider'] as const) {
      for (const state of TransferPhase.options.filter((phase) => phase !== 'INITIAL')) {
        const process = at(role, state)
        expect('code' in decide(process, heard(process, 'termination'))).toBe(isFinal(state))
      }
    }
  })

  it('stays in its state until the peer has acknowledged what it says (T3)', () => {
    const { next } = accepted(decide(at('provider', 'REQUESTED'), intended('start')))
    expect([next.state, next.pending?.to]).toEqual(['REQUESTED', 'STARTED'])
    expect(accepted(decide(next, { kind: 'acknowledged', id: 'urn:uuid:own-start' })).next.state).toBe('STARTED')
  })

  it('takes a later message of the peer as the acknowledgement that got lost (T4)', () => {
    const { next } = accepted(decide(at('provider', 'REQUESTED'), intended('start')))
    expect(accepted(decide(next, heard(next, 'completion'))).next.state).toBe('COMPLETED')
  })

  it('acknowledges a repeated message again without a change (T5)', () => {
    const process = at('consumer', 'REQUESTED')
    const { next } = accepted(decide(process, heard(process, 'start')))
    expect(accepted(decide(next, heard(next, 'start'))).repeated).toBe(true)
  })

  it('takes the same pause twice when the sender gives no ids and it was running in between (T5)', () => {
    const process = at('provider', 'STARTED')
    const paused = accepted(decide(process, heard(process, 'suspension', 'digest:00'))).next
    expect(accepted(decide(paused, heard(paused, 'suspension', 'digest:00'))).repeated).toBe(true)
    const running = { ...paused, state: 'STARTED' as const }
    expect(accepted(decide(running, heard(running, 'suspension', 'digest:00'))).next.state).toBe('SUSPENDED')
  })

  it('takes the same start twice when the sender gives no ids, also once the provider is about to suspend (T5)', () => {
    const process = at('provider', 'SUSPENDED', { suspendedBy: 'consumer' })
    const running = accepted(decide(process, heard(process, 'start', 'digest:00'))).next
    const pausing = accepted(decide(running, intended('suspension'))).next
    expect(accepted(decide(pausing, heard(pausing, 'start', 'digest:00'))).repeated).toBe(true)
  })

  it('refuses a second pause or start without an id that the state would allow but for the word of the provider (T5)', () => {
    const paused = accepted(
      decide(at('provider', 'STARTED'), heard(at('provider', 'STARTED'), 'suspension', 'digest:00')),
    )
    const pausing = accepted(decide({ ...paused.next, state: 'STARTED' }, intended('suspension'))).next
    expect(decide(pausing, heard(pausing, 'suspension', 'digest:00'))).toMatchObject({ code: 'conflict' })
    const held = at('provider', 'SUSPENDED', { suspendedBy: 'provider', seen: ['digest:01'] })
    expect(decide(held, heard(held, 'start', 'digest:01'))).toMatchObject({ code: 'illegal-transition' })
  })

  it('lets the word of higher rank win when both sides speak at once (T6)', () => {
    const pausing = accepted(decide(at('provider', 'STARTED'), intended('suspension'))).next
    expect(accepted(decide(pausing, heard(pausing, 'completion'))).next.state).toBe('COMPLETED')
    const completing = accepted(decide(at('consumer', 'STARTED'), intended('completion'))).next
    expect(decide(completing, heard(completing, 'suspension'))).toMatchObject({ code: 'conflict' })
    expect(accepted(decide(completing, heard(completing, 'termination'))).next.state).toBe('TERMINATED')
  })

  it('is not started by the consumer while the provider holds it suspended (T7)', () => {
    const held = accepted(
      decide(accepted(decide(at('provider', 'STARTED'), intended('suspension'))).next, {
        kind: 'acknowledged',
        id: 'urn:uuid:own-suspension',
      }),
    ).next
    expect(decide(held, heard(held, 'start'))).toMatchObject({ code: 'illegal-transition' })
    const asked = at('provider', 'STARTED')
    const paused = accepted(decide(asked, heard(asked, 'suspension'))).next
    expect(accepted(decide(paused, heard(paused, 'start'))).next.state).toBe('STARTED')
  })

  it('counts a pull when it first decides to start it, and never again (T8)', () => {
    const first = accepted(decide(at('provider', 'REQUESTED'), { ...intended('start'), use: 2 } as TransferEvent)).next
    const paused = { ...first, state: 'SUSPENDED' as const }
    const { pending: _, ...still } = paused
    expect(accepted(decide(still, { ...intended('start'), use: 3 } as TransferEvent)).next.use).toBe(2)
  })

  it('takes the start with which a provider answers its own, once, and only for the data address (T13)', () => {
    const paused = at('consumer', 'SUSPENDED', { suspendedBy: 'consumer' })
    const resuming = accepted(decide(paused, intended('start'))).next
    const running = accepted(decide(resuming, { kind: 'acknowledged', id: 'urn:uuid:own-start' })).next
    const dataAddress = { '@type': 'DataAddress', endpointType: 'HTTP', endpoint: 'https://fresh.example' } as const
    const start = { kind: 'heard', says: 'start', peerPid: running.peerPid ?? '', dataAddress } as const
    const answer = { ...start, id: 'urn:uuid:fresh' }
    const { next } = accepted(decide(running, answer))
    expect([next.state, next.dataAddress]).toEqual(['STARTED', dataAddress])
    expect(decide(next, { ...answer, id: 'urn:uuid:second' })).toMatchObject({ code: 'illegal-transition' })
    const others: [Transfer, TransferEvent][] = [
      [running, heard(running, 'start', 'urn:uuid:bare')],
      [running, { ...answer, after: 'urn:uuid:own-start' }],
      [at('consumer', 'STARTED'), answer],
    ]
    for (const [process, event] of others) {
      expect(decide(process, event)).toMatchObject({ code: 'illegal-transition' })
    }
  })

  it('may answer the start of a consumer with one of its own, once (T14)', () => {
    const paused = at('provider', 'SUSPENDED', { suspendedBy: 'consumer' })
    const running = accepted(decide(paused, heard(paused, 'start'))).next
    const answer = { ...intended('start'), answersStart: true }
    expect(decide(running, intended('start'))).toMatchObject({ code: 'illegal-transition' })
    const answering = accepted(decide(running, answer)).next
    expect([answering.state, answering.pending?.to]).toEqual(['STARTED', 'STARTED'])
    const { next } = accepted(decide(answering, { kind: 'acknowledged', id: 'urn:uuid:own-start' }))
    expect(next.state).toBe('STARTED')
    expect(decide(next, answer)).toMatchObject({ code: 'illegal-transition' })
    const again = accepted(decide(running, heard(running, 'suspension', 'urn:uuid:pause'))).next
    expect(again).toMatchObject({ state: 'SUSPENDED', suspendedBy: 'consumer' })
    expect(again.resumed).toBeUndefined()
  })

  it('answers no start once the transfer is at an end (T14)', () => {
    const paused = at('provider', 'SUSPENDED', { suspendedBy: 'consumer' })
    const running = accepted(decide(paused, heard(paused, 'start'))).next
    const ended = accepted(decide(running, heard(running, 'termination', 'urn:uuid:end'))).next
    const answer = { ...intended('start'), answersStart: true }
    expect(decide(ended, answer)).toMatchObject({ code: 'illegal-transition' })
  })

  it('ends when the peer refuses its start or completion, and goes on when it refuses a pause (T9)', () => {
    const event = { kind: 'refused', reasons: ['no'], followUp: 'urn:uuid:t' } as const
    const starting = accepted(decide(at('provider', 'REQUESTED'), intended('start'))).next
    expect(accepted(decide(starting, { ...event, id: 'urn:uuid:own-start' })).next.pending?.says).toBe('termination')
    const pausing = accepted(decide(at('provider', 'STARTED'), intended('suspension'))).next
    const { next } = accepted(decide(pausing, { ...event, id: 'urn:uuid:own-suspension' }))
    expect([next.state, next.pending]).toEqual(['STARTED', undefined])
  })
})
