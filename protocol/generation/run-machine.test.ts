import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RowRunState, TableRunState } from '../../schemas/runs.ts'
import { decideRun, ROW_RUN_EVENTS, type RowRunFacts, TABLE_RUN_EVENTS, type TableRunFacts } from './run-machine.ts'

const facts = (state: TableRunState, over: Partial<TableRunFacts> = {}): TableRunFacts => ({
  kind: 'dp-table',
  state,
  charged: state !== 'queued',
  measured: state === 'measured' || state === 'completed',
  ...over,
})

describe('life of a run of a table', () => {
  it('answers every event in every state', () => {
    for (const state of TableRunState.options) {
      for (const event of TABLE_RUN_EVENTS) expect(decideRun(facts(state), event)).toBeDefined()
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
      fc.property(fc.array(fc.constantFrom(...TABLE_RUN_EVENTS), { maxLength: 40 }), (events) => {
        let now: TableRunFacts = facts('queued')
        let charges = 0
        for (const event of events) {
          const decision = decideRun(now, event)
          if ('code' in decision) continue
          if (event === 'budget-charged' && decision.next !== now.state) charges += 1
          now = {
            kind: 'dp-table',
            state: TableRunState.parse(decision.next),
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
    for (const state of TableRunState.options) {
      if (state !== 'completed')
        expect(decideRun(facts(state), 'resume-requested')).toMatchObject({ effects: ['work'] })
    }
  })
})

describe('life of a run of rows', () => {
  const rows = (state: RowRunState): RowRunFacts => ({ kind: 'rows', state })

  it('goes from the queue over its candidates to the dataset', () => {
    expect(decideRun(rows('queued'), 'generation-began')).toMatchObject({ next: 'generating' })
    expect(decideRun(rows('generating'), 'rows-generated')).toMatchObject({ next: 'generated' })
    expect(decideRun(rows('generated'), 'dataset-made')).toMatchObject({ next: 'completed' })
  })

  it('answers every event in every state, and refuses those of a table', () => {
    for (const state of RowRunState.options) {
      for (const event of ROW_RUN_EVENTS) expect(decideRun(rows(state), event)).toBeDefined()
      expect(decideRun(rows(state), 'budget-charged')).toMatchObject({ code: 'conflict' })
    }
  })

  it('can be taken up again from every end but its dataset', () => {
    for (const state of RowRunState.options) {
      const resumed = decideRun(rows(state), 'resume-requested')
      expect(resumed).toMatchObject(state === 'completed' ? { code: 'conflict' } : { effects: ['work'] })
    }
  })
})
