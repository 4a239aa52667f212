import type { BudgetEntry } from '../../schemas/generation.ts'
import type { SeedSet, SeedSetId } from '../../schemas/seeds.ts'
import type { Run, RunId } from '../../schemas/runs.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

/** A line of the budget ledger; written only while the seed set has exactly `expectedEntries` lines and none of this run. */
export interface Charge {
  readonly seedSetId: SeedSetId
  readonly entry: BudgetEntry
  readonly expectedEntries: number
}

/** The next state of a run, written only over the version before it. */
export interface RunCommit {
  /** Its `version` is the stored one plus 1. */
  readonly run: Run
  readonly charge?: Charge
}

/** What is known about seed sets and runs without any row: names, commitments, states, budget. Each method is atomic. */
export interface GenerationStore {
  /** conflict: the name is taken by a seed set that is not erased. */
  addSeedSet(seedSet: SeedSet, effects: Effects): Promise<CommitResult>
  /** By id, else the one with this name that is not erased, else the last erased one with this name. */
  seedSet(reference: string): Promise<SeedSet | undefined>
  /** Newest first. */
  seedSets(limit: number): Promise<SeedSet[]>
  /** conflict: the stored details are not those of version `from`, or the set is erased. */
  replaceDetails(id: SeedSetId, versions: { from: number; to: number }): Promise<CommitResult>
  /** conflict: it is erased already or does not exist. */
  eraseSeedSet(id: SeedSetId, erasedAt: string, effects: Effects): Promise<CommitResult>
  /** Oldest first. */
  budgetEntries(id: SeedSetId): Promise<BudgetEntry[]>
  /** `seedSets`: those that the run reads. */
  addRun(run: Run, seedSets: readonly SeedSetId[], effects: Effects): Promise<void>
  run(id: RunId): Promise<Run | undefined>
  /** Newest first; of one seed set when given. */
  runs(options: { limit: number; seedSetId?: SeedSetId }): Promise<Run[]>
  commitRun(commit: RunCommit, effects: Effects): Promise<CommitResult>
}
