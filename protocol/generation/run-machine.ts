import type { RowRunState, TableRunState } from '../../schemas/runs.ts'
import type { Refusal } from '../refusal.ts'

export const TABLE_RUN_EVENTS = [
  'budget-charged',
  'measurements-stored',
  'dataset-made',
  'failed',
  'cancel-requested',
  'resume-requested',
] as const
export type TableRunEvent = (typeof TABLE_RUN_EVENTS)[number]

export const ROW_RUN_EVENTS = [
  'generation-began',
  'rows-generated',
  'dataset-made',
  'failed',
  'cancel-requested',
  'resume-requested',
] as const
export type RowRunEvent = (typeof ROW_RUN_EVENTS)[number]

export type RunEvent = TableRunEvent | RowRunEvent

/** `work`: queue the run's job. `stop-work`: end the worker that is at it. */
export type RunEffect = 'work' | 'stop-work'

export interface TableRunFacts {
  readonly kind: 'dp-table'
  readonly state: TableRunState
  /** The run's line stands in the budget ledger; a run has at most one, whatever happens. */
  readonly charged: boolean
  /** Noisy measurements lie in the store. */
  readonly measured: boolean
}

export interface RowRunFacts {
  readonly kind: 'rows'
  readonly state: RowRunState
}

export interface RunDecision<State = TableRunState | RowRunState> {
  readonly next: State
  readonly effects: readonly RunEffect[]
}

/** `same`: already so, nothing to do. `resume`: see resumed(). `refuse`: not in this state. */
type Rule<State> = 'same' | 'resume' | 'refuse' | RunDecision<State>

const FAIL = { next: 'failed', effects: [] } as const
const CANCEL = { next: 'cancelled', effects: ['stop-work'] } as const

const TABLE_RUNS: Record<TableRunState, Record<TableRunEvent, Rule<TableRunState>>> = {
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

const GO_ON = { next: 'generating', effects: ['work'] } as const

const ROW_RUNS: Record<RowRunState, Record<RowRunEvent, Rule<RowRunState>>> = {
  queued: {
    'generation-began': { next: 'generating', effects: [] },
    'rows-generated': 'refuse',
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': { next: 'queued', effects: ['work'] },
  },
  generating: {
    'generation-began': 'same',
    'rows-generated': { next: 'generated', effects: [] },
    'dataset-made': 'refuse',
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': GO_ON,
  },
  generated: {
    'generation-began': 'refuse',
    'rows-generated': 'same',
    'dataset-made': { next: 'completed', effects: [] },
    failed: FAIL,
    'cancel-requested': CANCEL,
    'resume-requested': { next: 'generated', effects: ['work'] },
  },
  completed: {
    'generation-began': 'refuse',
    'rows-generated': 'refuse',
    'dataset-made': 'same',
    failed: 'refuse',
    'cancel-requested': 'refuse',
    'resume-requested': 'refuse',
  },
  failed: {
    'generation-began': 'refuse',
    'rows-generated': 'refuse',
    'dataset-made': 'refuse',
    failed: 'same',
    'cancel-requested': CANCEL,
    'resume-requested': GO_ON,
  },
  cancelled: {
    'generation-began': 'refuse',
    'rows-generated': 'refuse',
    'dataset-made': 'refuse',
    failed: 'same',
    'cancel-requested': 'same',
    'resume-requested': GO_ON,
  },
}

/** Next state of a run and what to do, or why the event is not for this state. Total over states and events. */
export function decideRun(facts: TableRunFacts | RowRunFacts, event: RunEvent): RunDecision | Refusal {
  const rule = ruleFor(facts, event)
  if (rule === 'same') return { next: facts.state, effects: [] }
  if (rule === 'resume' && facts.kind === 'dp-table') return resumed(facts)
  if (rule === 'refuse' || rule === 'resume') return refusal(facts.state, event)
  return rule
}

/** An event of the other kind of run is refused. */
function ruleFor(facts: TableRunFacts | RowRunFacts, event: RunEvent): Rule<TableRunState | RowRunState> {
  const rules: Partial<Record<RunEvent, Rule<TableRunState | RowRunState>>> =
    facts.kind === 'dp-table' ? TABLE_RUNS[facts.state] : ROW_RUNS[facts.state]
  return rules[event] ?? 'refuse'
}

/** Goes on behind what is already paid for: stored measurements are sampled, a charge is used and not repeated. */
function resumed(facts: TableRunFacts): RunDecision {
  if (facts.measured) return { next: 'measured', effects: ['work'] }
  return { next: facts.charged ? 'measuring' : 'queued', effects: ['work'] }
}

function refusal(state: TableRunState | RowRunState, event: RunEvent): Refusal {
  return {
    code: 'conflict',
    detail: `a run that is ${state} does not take "${event}"`,
    hint:
      state === 'completed' ? 'the run has made its dataset; start a new run for another one' : 'look at the run again',
  }
}
