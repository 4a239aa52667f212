import type { Refusal } from '../refusal.ts'

/**
 * Life of a run. `charged`: its budget is spent in the ledger, no seed was read for it yet. `measuring`: the training seeds may
 * have been read. `measured`: the noisy measurements are stored; everything after is post-processing and costs nothing.
 */
export const RUN_STATES = ['charged', 'measuring', 'measured', 'completed', 'failed', 'cancelled'] as const
export type RunState = (typeof RUN_STATES)[number]

export const RUN_EVENTS = [
  'measurement-started',
  'measurements-stored',
  'dataset-made',
  'failed',
  'cancel-requested',
  'resume-requested',
] as const
export type RunEvent = (typeof RUN_EVENTS)[number]

/**
 * What the node does once the new state is committed. `release-charge` is part of the commit itself: the budget returns because
 * no seed was read under the charge.
 */
export type RunEffect = 'work' | 'stop-work' | 'release-charge'

export interface RunFacts {
  readonly state: RunState
  /** Noisy measurements lie in the store. */
  readonly hasMeasurements: boolean
  /** The seeds may have been read since the charge. */
  readonly seedsTouched: boolean
  /** The charge was given back; the run may never measure. */
  readonly released: boolean
}

export interface RunDecision {
  readonly next: RunState
  readonly effects: readonly RunEffect[]
}

/** `same`: already so, nothing to do. `resume`: see resumed(). `cancel`: see cancelled(). `refuse`: not in this state. */
type Rule =
  | 'same'
  | 'resume'
  | 'cancel'
  | 'refuse'
  | { readonly next: RunState; readonly effects?: readonly RunEffect[] }

const FAIL: Rule = { next: 'failed' }

const TABLE: Record<RunState, Record<RunEvent, Rule>> = {
  charged: {
    'measurement-started': { next: 'measuring' },
    'measurements-stored': 'refuse',
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': 'cancel',
    'resume-requested': 'resume',
  },
  measuring: {
    'measurement-started': 'same',
    'measurements-stored': { next: 'measured' },
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': 'cancel',
    'resume-requested': 'resume',
  },
  measured: {
    'measurement-started': 'refuse',
    'measurements-stored': 'same',
    'dataset-made': { next: 'completed' },
    failed: FAIL,
    'cancel-requested': 'cancel',
    'resume-requested': 'resume',
  },
  completed: {
    'measurement-started': 'refuse',
    'measurements-stored': 'refuse',
    'dataset-made': 'same',
    failed: 'refuse',
    'cancel-requested': 'refuse',
    'resume-requested': 'refuse',
  },
  failed: {
    'measurement-started': 'refuse',
    'measurements-stored': 'refuse',
    'dataset-made': 'refuse',
    failed: 'same',
    'cancel-requested': 'cancel',
    'resume-requested': 'resume',
  },
  cancelled: {
    'measurement-started': 'refuse',
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
  if (rule === 'cancel') return cancelled(facts)
  if (rule === 'refuse') return refusal(facts.state, event)
  return { next: rule.next, effects: rule.effects ?? [] }
}

function resumed(facts: RunFacts): RunDecision | Refusal {
  if (facts.released) {
    return {
      code: 'conflict',
      detail: 'the run was cancelled before it measured anything and its budget was given back',
      hint: 'start a new run from the same recipe',
    }
  }
  if (facts.hasMeasurements) return { next: 'measured', effects: ['work'] }
  return { next: facts.seedsTouched ? 'measuring' : 'charged', effects: ['work'] }
}

function cancelled(facts: RunFacts): RunDecision {
  const release = !facts.seedsTouched && !facts.released
  return { next: 'cancelled', effects: release ? ['stop-work', 'release-charge'] : ['stop-work'] }
}

function refusal(state: RunState, event: RunEvent): Refusal {
  return {
    code: 'conflict',
    detail: `a run that is ${state} does not take "${event}"`,
    hint:
      state === 'completed' ? 'the run has made its dataset; start a new run for another one' : 'look at the run again',
  }
}
