import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RunState } from '../../schemas/seeds.ts'
import { decideRun, RUN_EVENTS, type RunFacts } from './run-machine.ts'

const facts = (state: RunState, over: Partial<RunFacts> = {}): RunFacts => ({
  state,
  charged: state !== 'queued',
  measured: state === 'measured' || state === 'completed',
  ...over,
})

describe('life of a run', () => {
  it('answers every event in every state', () => {
    for (const state of RunState.options) {
      for (const event of RUN_EVENTS) expect(decideRun(facts(state), event)).toBeDefined()
    }
  })

  it('goes from the queue over the charge to the dataset', () => {
    expect(decideRun(facts('queued'), 'budget-charged')).toMatchObject({ next: 'measuring' })
    expect(decideRun(facts('measuring'), 'measurements-stored')).toMatchObject({ next: 'measured' })
    expect(decideRun(facts('measured'), 'dataset-made')).toMatchObject({ next: 'completed' })
  })

  it('never measures again once measurements are stored', () => {
    for (const state of ['measured', 'failed', 'cancelled'] as const) {
      expect(decideRun(facts(state, { measured: true }), 'resume-requested')).toMatchObject({ next: 'measured' })
    }
  })

  it('uses a charge that was made and does not make it twice, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...RUN_EVENTS), { maxLength: 40 }), (events) => {
        let now: RunFacts = facts('queued')
        let charges = 0
        for (const event of events) {
          const decision = decideRun(now, event)
          if ('code' in decision) continue
          if (event === 'budget-charged' && decision.next !== now.state) charges += 1
          now = {
            state: decision.next,
            charged: now.charged || decision.next === 'measuring',
            measured: now.measured || decision.next === 'measured',
          }
          expect(now.measured && !now.charged).toBe(false)
        }
        expect(charges).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('ends only where it can be taken up again, except with its dataset', () => {
    expect(decideRun(facts('completed'), 'resume-requested')).toMatchObject({ code: 'conflict' })
    for (const state of RunState.options) {
      if (state !== 'completed')
        expect(decideRun(facts(state), 'resume-requested')).toMatchObject({ effects: ['work'] })
    }
  })
})
