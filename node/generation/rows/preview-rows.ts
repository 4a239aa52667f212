import { toHex } from '../../../protocol/canonical/hash.ts'
import { rowRecipeFingerprint } from '../../../protocol/generation/rows/fingerprint.ts'
import { renderOutput } from '../../../protocol/generation/rows/render-output.ts'
import type { Outcome, Spent } from '../../../schemas/outcomes.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import { RowPreview, RunId } from '../../../schemas/runs.ts'
import type { RunDeps } from '../run-commit.ts'
import { bindSources, commitmentsOf } from './bind-sources.ts'
import { createEmission } from './emission.ts'
import { runEngine } from './engine.ts'
import { refusedFor } from './generate-rows.ts'
import { openGeneration } from './open-generation.ts'
import { roughSize } from './outcomes.ts'

const CANDIDATES = 10

/**
 * Makes the first candidates as a run would, keeping nothing but the models' answers, and reckons from them what the whole would
 * take.
 */
export async function previewRows(
  deps: RunDeps,
  recipe: RowRecipe,
  signal: AbortSignal = new AbortController().signal,
): Promise<RowPreview> {
  const sources = await bindSources(deps, recipe)
  const id = RunId.parse(`urn:uuid:${deps.random.uuid()}`)
  const runSeed = toHex(deps.random.bytes(32))
  const generation = await openGeneration(deps, { id, recipe, sources, runSeed })
  const emission = createEmission(recipe)
  const outcomes: Outcome[] = []
  const started = deps.clock.now()
  await runEngine({
    first: 0,
    accepted: 0,
    target: CANDIDATES,
    end: Math.min(CANDIDATES, generation.end),
    width: () => generation.width(),
    make: async (index, stop) => {
      const outcome = await generation.maker.make(index, stop)
      return { outcome, bytes: roughSize(outcome) }
    },
    emit: async (made) => {
      const outcome = emission.judge(made)
      outcomes.push(outcome)
      return outcome
    },
    signal,
  }).catch(refusedFor)
  const spent = generation.spending.spent()
  const seconds = (deps.clock.now() - started) / 1000
  return RowPreview.parse({
    kind: 'rows',
    recipeSha256: rowRecipeFingerprint(recipe, commitmentsOf(sources)),
    runSeed,
    rows: outcomes
      .filter(({ verdict }) => verdict === 'accepted')
      .map(({ cells }) => renderOutput(generation.plan, cells)),
    candidates: outcomes.map(({ index, verdict, reason, column }) => ({
      index,
      accepted: verdict === 'accepted',
      reason,
      column,
    })),
    spent,
    estimate: estimated(recipe, { spent, seconds, outcomes }),
  })
}

interface Sample {
  readonly spent: Spent
  readonly seconds: number
  readonly outcomes: readonly Outcome[]
}

/** A sample without a single row is reckoned as if half a candidate more had been one. */
function estimated({ accept }: RowRecipe, { spent, seconds, outcomes }: Sample): RowPreview['estimate'] {
  const tried = Math.max(1, outcomes.length)
  const accepted = outcomes.filter(({ verdict }) => verdict === 'accepted').length
  const share = accepted === 0 ? 0.5 / (tried + 0.5) : accepted / tried
  const candidates = Math.min(accept.maxCandidates, Math.ceil(accept.target / share))
  const times = candidates / tried
  return {
    yield: accepted / tried,
    candidates,
    inputTokens: Math.round(spent.tokens.inputTokens * times),
    outputTokens: Math.round(spent.tokens.outputTokens * times),
    ...(spent.money === undefined ? {} : { money: (Number(spent.money) * times).toFixed(6), currency: spent.currency }),
    seconds: Math.round(seconds * times),
  }
}
