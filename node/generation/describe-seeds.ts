import { budgetState } from '../../protocol/generation/budget-state.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { SeedSet, SeedSetDescription } from '../../schemas/seeds.ts'
import { columnViews } from './column-views.ts'
import type { GenerationDeps } from './dependencies.ts'

/** The seed set of this name or id; Refused `not-found` otherwise. */
export async function findSeedSet({ store }: Pick<GenerationDeps, 'store'>, reference: string): Promise<SeedSet> {
  const found = await store.seedSet(reference)
  if (found !== undefined) return found
  return refuse('not-found', 'there is no such seed set', 'List them with: tanemaki seeds list')
}

export async function describeSeedSet(deps: GenerationDeps, seedSet: SeedSet): Promise<SeedSetDescription> {
  const ledger = await deps.store.budgetEntries(seedSet.id)
  const details = seedSet.state === 'erased' ? undefined : await deps.files.details(seedSet)
  return {
    seedSet,
    ...(details === undefined ? {} : { details }),
    columns: details === undefined ? [] : columnViews(details.schema.columns),
    budget: budgetState(seedSet.cap, ledger),
    ledger,
  }
}
