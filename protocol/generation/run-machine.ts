import type { RunState } from '../../schemas/seeds.ts'
import type { Refusal } from '../refusal.ts'

export const RUN_EVENTS = [
  'budget-charged',
  'measurements-stored',
  'dataset-made',
  'failed',
  'cancel-requested',
  'resume-requested',
] as const
export type RunEvent = (typeof RUN_EVENTS)[number]

/** `work`: queue the run's job. `stop-work`: end the worker that is at it. */
export type RunEffect = 'work' | 'stop-work'

export interface RunFacts {
  readonly state: RunState
  /** The run's line stands in the budget ledger; a run has at most one, whatever happens. */
  readonly charged: boolean
  /** Noisy measurements lie in the store. */
  readonly measured: boolean
}

export interface RunDecision {
  readonly next: RunState
  readonly effects: readonly RunEffect[]
}

/** `same`: already so, nothing to do. `resume`: see resumed(). `refuse`: not in this state. */
type Rule = 'same' | 'resume' | 'refuse' | RunDecision

const FAIL: Rule = { next: 'failed', effects: [] }
const CANCEL: Rule = { next: 'cancelled', effects: ['stop-work'] }

const TABLE: Record<RunState, Record<RunEvent, Rule>> = {
  queued: {
    'budget-charged': { next: 'measuring', effects: [] },
    'measurements-stored': 'refuse',
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': 'resume',
  },
  measuring: {
    'budget-charged': 'same',
    'measurements-stored': { next: 'measured', effects: [] },
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': 'resume',
  },
  measured: {
    'budget-charged': 'refuse',
    'measurements-stored': 'same',
    'dataset-made': { next: 'completed', effects: [] },
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': 'resume',
  },
  completed: {
    'budget-charged': 'refuse',
    'measurements-stored': 'refuse',
    'dataset-made': 'same',
    failed: 'refuse',
    'cancel-requested': 'refuse',
    'resume-requested': 'refuse',
  },
  failed: {
    'budget-charged': 'refuse',
    'measurements-stored': 'refuse',
    'dataset-made': 'refuse',
    failed: 'same',
    'cancel-requested': CANCEL,
    'resume-requested': 'resume',
  },
  cancelled: {
    'budget-charged': 'refuse',
    'measurements-stored': 'refuse',
    'dataset-made': 'refuse',
    failed: 'same',
    'cancel-requested': 'same',
    'resume-requested': 'resume',
  },
}

/** Next state of a run and what to do, or why the event is not for this state. Total over states and events. */
export function decideRun(facts: RunFacts, event: RunEvent): RunDecision | Refusal {
  const rule = TABLE[facts.state][event]
  if (rule === 'same') return { next: facts.state, effects: [] }
  if (rule === 'resume') return resumed(facts)
  if (rule === 'refuse') return refusal(facts.state, event)
  return rule
}

/** Goes on behind what is already paid for: stored measurements are sampled, a charge is used and not repeated. */
function resumed(facts: RunFacts): RunDecision {
  if (facts.measured) return { next: 'measured', effects: ['work'] }
  return { next: facts.charged ? 'measuring' : 'queued', effects: ['work'] }
}

function refusal(state: RunState, event: RunEvent): Refusal {
  return {
    code: 'conflict',
    detail: `a run that is ${state} does not take "${event}"`,
    hint:
      state === 'completed' ? 'the run has made its dataset; start a new run for another one' : 'look at the run again',
  }
}
