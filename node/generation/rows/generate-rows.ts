import { fromHex } from '../../../protocol/canonical/hash.ts'
import { compileRecipe } from '../../../protocol/generation/rows/compile.ts'
import type { RowPlan } from '../../../protocol/generation/rows/row-plan.ts'
import { createSourceWalk } from '../../../protocol/generation/rows/source-walk.ts'
import { Refused } from '../../../protocol/refusal.ts'
import { createNearDuplicateIndex, type NearDuplicateIndex } from '../../../protocol/text/near-duplicates.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import { createAdmissions } from '../engine/admissions.ts'
import { type RunDeps, seedSetsOf } from '../run-commit.ts'
import { createAnswers } from './answers.ts'
import { refuseForbiddenEndpoints } from './bind-sources.ts'
import { runEngine } from './engine.ts'
import { createRowMaker } from './make-row.ts'
import { createOutcomeWriter, readOutcomes, roughSize } from './outcomes.ts'
import { RunStopped } from './run-stopped.ts'
import { openSources } from './sources.ts'
import { createSpending } from './spending.ts'

/** Brings the outcomes of a run to their end: as many accepted as the recipe wants, or no candidate left. */
export async function generateRows(deps: RunDeps, run: RowRun, signal: AbortSignal): Promise<void> {
  const plan = planOf(run)
  // What may see a seed set can have changed since the run was started.
  await refuseForbiddenEndpoints(deps, plan, run.sources)
  const { accept } = run.recipe
  const sources = await openSources(deps, run)
  const records = new Map([...sources].map(([name, source]) => [name, source.records]))
  const runSeed = fromHex(run.runSeed)
  const walk = createSourceWalk(run.recipe, records, runSeed)
  const spending = createSpending(run.recipe.limit)
  const admissions = createAdmissions(deps)
  const answers = createAnswers({
    ...deps,
    cache: deps.answers,
    spending,
    admission: admissions.of,
    runId: run.id,
    scope: seedSetsOf(run),
  })
  const maker = createRowMaker({ plan, runSeed, walk, sources, answers, models: deps.models })
  const emission = await resumeEmission(deps, run, plan)
  const writer = createOutcomeWriter(deps, run.id)
  const end = Math.min(accept.maxCandidates, walk.candidates)
  try {
    const { accepted, candidates } = await runEngine({
      first: emission.next,
      accepted: emission.accepted,
      target: accept.target,
      end,
      width: () => 3 * admissions.limit(),
      make: async (index, stop) => {
        const outcome = await maker.make(index, stop)
        return { outcome, bytes: 2 * roughSize(outcome) }
      },
      emit: async (made) => {
        const outcome = emission.judge(made)
        await writer.add(outcome)
        const done = emission.accepted / accept.target
        deps.board.publish({ run, phase: 'generate', done, detail: emission.words() })
        return outcome
      },
      signal,
    })
    if (accepted < accept.target) refuseExhausted(run, { accepted, candidates })
  } catch (error) {
    throw error instanceof RunStopped ? stopped(error) : error
  } finally {
    await writer.flush()
    admissions.stop()
  }
}

export function planOf(run: RowRun): RowPlan {
  const plan = compileRecipe(run.recipe)
  if ('code' in plan) throw new Refused(plan)
  return plan
}

interface Emission {
  /** First candidate without an outcome. */
  readonly next: number
  readonly accepted: number
  /** The outcome as it counts among those before it. */
  judge(outcome: Outcome): Outcome
  words(): string
}

/** Reads the outcomes so far, so that what depends on earlier rows goes on as if there had been no interruption. */
async function resumeEmission(deps: RunDeps, run: RowRun, plan: RowPlan): Promise<Emission> {
  const wish = run.recipe.nearDuplicates
  const index: NearDuplicateIndex | undefined = wish && createNearDuplicateIndex(wish.threshold)
  const textOf = (outcome: Outcome) =>
    (wish?.columns ?? []).map((name) => String(outcome.cells[name] ?? '')).join('\n')
  const counts = { next: 0, accepted: 0 }
  for await (const outcome of readOutcomes(deps, run.id)) {
    counts.next = outcome.index + 1
    if (outcome.verdict !== 'accepted') continue
    counts.accepted += 1
    index?.insert(textOf(outcome))
  }
  return {
    get next() {
      return counts.next
    },
    get accepted() {
      return counts.accepted
    },
    judge: (outcome) => {
      counts.next = outcome.index + 1
      if (outcome.verdict !== 'accepted') return outcome
      if (index?.add(textOf(outcome)) !== undefined) {
        return { ...outcome, verdict: 'rejected', reason: 'near-duplicate' }
      }
      counts.accepted += 1
      return outcome
    },
    words: () => `${counts.accepted} of ${plan.recipe.accept.target} rows from ${counts.next} candidates`,
  }
}

function refuseExhausted(run: RowRun, { accepted, candidates }: { accepted: number; candidates: number }): void {
  const { target, onExhausted } = run.recipe.accept
  if (onExhausted === 'keep' && accepted > 0) return
  throw new Refused({
    code: 'recipe-exhausted',
    detail: `${accepted} of ${target} rows were accepted, and all ${candidates} candidates were tried`,
    hint: 'See why the others were not with: tanemaki run report RUN. Allow more candidates, or keep what there is with onExhausted: keep.',
  })
}

function stopped({ message, hint }: RunStopped): Refused {
  return new Refused({ code: 'unavailable', detail: message, hint })
}
