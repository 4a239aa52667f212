import { concatBytes, digestHex, sha256, utf8 } from '../../../protocol/canonical/hash.ts'
import { canonicalBytes } from '../../../protocol/canonical/jcs.ts'
import { checkBudget } from '../../../protocol/generation/budget.ts'
import { parseFraction } from '../../../protocol/generation/rational.ts'
import { planRun } from '../../../protocol/generation/table-synthesis.ts'
import { instantOf } from '../../../protocol/instant.ts'
import { budgetLeaf } from '../../../protocol/ledger/leaf.ts'
import { Refused } from '../../../protocol/refusal.ts'
import type { BudgetEntry } from '../../../schemas/generation.ts'
import type { SeedSet } from '../../../schemas/seeds.ts'
import type { TableRun } from '../../../schemas/runs.ts'
import type { LeafDraft } from '../../ports/effects.ts'
import { type RunDeps, stepRun } from '../run-commit.ts'

/**
 * Writes the run's line into the budget ledger and a commitment to it into the log, in the commit that allows it to measure.
 * Throws Refused when the seed set's cap would be passed; undefined when something came between and the caller looks again.
 */
export async function chargeRun(deps: RunDeps, run: TableRun, seedSet: SeedSet): Promise<TableRun | undefined> {
  const { schema } = await deps.files.details(seedSet)
  const plan = planRun(run.recipe, schema)
  if ('code' in plan) throw new Refused(plan)
  const entries = await deps.store.budgetEntries(seedSet.id)
  const refusal = checkBudget(entries, seedSet.cap, parseFraction(plan.rho))
  if (refusal !== undefined) throw new Refused(refusal)
  const entry: BudgetEntry = {
    runId: run.id,
    recipe: run.recipeSha256,
    epsilon: run.recipe.epsilon,
    delta: run.recipe.delta,
    rho: plan.rho,
    at: instantOf(deps.clock.now()),
  }
  const leaf = await leafOf(deps, entry, { seedSet, seq: entries.length + 1 })
  return stepRun(deps, run, {
    event: 'budget-charged',
    changes: { charged: true },
    charge: { seedSetId: seedSet.id, entry, expectedEntries: entries.length },
    effects: { leaves: [leaf] },
  })
}

/** The log learns that there is a line, not what it says: the salt is derived from the node key. */
async function leafOf(
  deps: RunDeps,
  entry: BudgetEntry,
  { seedSet, seq }: { seedSet: SeedSet; seq: number },
): Promise<LeafDraft> {
  const salt = await deps.keys.derive(`urn:tanemaki:budget-salt:v1 ${seedSet.id} ${seq}`)
  const bytes = concatBytes(utf8('urn:tanemaki:budget-entry:v1\0'), salt, canonicalBytes(entry))
  return budgetLeaf({ seedSet: seedSet.id, seq, commitment: digestHex(sha256(bytes)), at: entry.at })
}
