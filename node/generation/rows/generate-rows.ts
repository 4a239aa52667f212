import { Refused } from '../../../protocol/refusal.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import type { RunDeps } from '../run-commit.ts'
import { createEmission, type Emission } from './emission.ts'
import { runEngine } from './engine.ts'
import { openGeneration } from './open-generation.ts'
import { createOutcomeWriter, readOutcomes, roughSize } from './outcomes.ts'
import { RunStopped } from './run-stopped.ts'

/** Brings the outcomes of a run to their end: as many accepted as the recipe wants, or no candidate left. */
export async function generateRows(deps: RunDeps, run: RowRun, signal: AbortSignal): Promise<void> {
  const generation = await openGeneration(deps, run)
  const { target } = run.recipe.accept
  const emission = createEmission(run.recipe)
  for await (const outcome of readOutcomes(deps, run.id)) emission.recall(outcome)
  const writer = createOutcomeWriter(deps, run.id)
  try {
    const { accepted, candidates } = await runEngine({
      first: emission.next,
      accepted: emission.accepted,
      target,
      end: generation.end,
      width: () => generation.width(),
      make: async (index, stop) => {
        const outcome = await generation.maker.make(index, stop)
        return { outcome, bytes: 2 * roughSize(outcome) }
      },
      emit: async (made) => {
        const outcome = emission.judge(made)
        await writer.add(outcome)
        tell(deps, run, emission)
        return outcome
      },
      signal,
    })
    if (accepted < target) refuseExhausted(run, { accepted, candidates })
  } catch (error) {
    refusedFor(error)
  } finally {
    await writer.flush()
  }
}

/** One in so many outcomes is told to who watches. */
const TELL_EVERY = 16

function tell(deps: RunDeps, run: RowRun, { accepted, next }: Emission): void {
  if (next % TELL_EVERY !== 0) return
  const { target } = run.recipe.accept
  const detail = `${accepted} of ${target} rows from ${next} candidates`
  deps.board.publish({ run, phase: 'generate', done: accepted / target, detail })
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

/** A run that cannot go on is refused in words for a person; other errors stay what they are. */
export function refusedFor(error: unknown): never {
  if (!(error instanceof RunStopped)) throw error
  throw new Refused({ code: 'unavailable', detail: error.message, hint: error.hint })
}
