import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { decideRun, RUN_EVENTS, RUN_STATES, type RunFacts, type RunState } from './run-machine.ts'

const facts = (state: RunState, over: Partial<RunFacts> = {}): RunFacts => ({
  state,
  hasMeasurements: state === 'measured' || state === 'completed',
  seedsTouched: state !== 'charged',
  released: false,
  ...over,
})

describe('life of a run', () => {
  it('answers every event in every state', () => {
    for (const state of RUN_STATES) {
      for (const event of RUN_EVENTS) expect(decideRun(facts(state), event)).toBeDefined()
    }
  })

  it('goes from the charge to the dataset', () => {
    expect(decideRun(facts('charged'), 'measurement-started')).toMatchObject({ next: 'measuring' })
    expect(decideRun(facts('measuring'), 'measurements-stored')).toMatchObject({ next: 'measured' })
    expect(decideRun(facts('measured'), 'dataset-made')).toMatchObject({ next: 'completed' })
  })

  it('gives the budget back only while no seed was read', () => {
    expect(decideRun(facts('charged'), 'cancel-requested')).toMatchObject({
      next: 'cancelled',
      effects: ['stop-work', 'release-charge'],
    })
    for (const state of ['measuring', 'measured', 'failed'] as const) {
      expect(decideRun(facts(state), 'cancel-requested')).toMatchObject({ effects: ['stop-work'] })
    }
  })

  it('never measures again once measurements are stored', () => {
    for (const state of ['measured', 'failed', 'cancelled'] as const) {
      expect(decideRun(facts(state, { hasMeasurements: true }), 'resume-requested')).toMatchObject({ next: 'measured' })
    }
  })

  it('does not resume a run whose budget was given back', () => {
    expect(decideRun(facts('cancelled', { seedsTouched: false, released: true }), 'resume-requested')).toMatchObject({
      code: 'conflict',
    })
  })

  it('never touches seeds under a released charge, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RUN_EVENTS), { maxLength: 40 }), (events) => {
        let now: RunFacts = facts('charged')
        for (const event of events) {
          const decision = decideRun(now, event)
          if ('code' in decision) continue
          now = {
            state: decision.next,
            hasMeasurements: now.hasMeasurements || decision.next === 'measured',
            seedsTouched: now.seedsTouched || decision.next === 'measuring',
            released: now.released || decision.effects.includes('release-charge'),
          }
          expect(now.released && now.seedsTouched).toBe(false)
        }
      }),
    )
  })
})
