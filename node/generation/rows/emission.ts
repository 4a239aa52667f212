import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import { textOf } from '../../../protocol/generation/rows/templates/values.ts'
import { createNearDuplicateIndex } from '../../../protocol/text/near-duplicates.ts'

/** The outcomes of a run in the order of its candidates, and what depends on those before. */
export interface Emission {
  /** First candidate without an outcome. */
  readonly next: number
  readonly accepted: number
  /** Takes up an outcome that was kept before. */
  recall(outcome: Outcome): void
  /** The outcome of the next candidate as it counts among those before it. */
  judge(outcome: Outcome): Outcome
}

export function createEmission({ nearDuplicates }: RowRecipe): Emission {
  const index = nearDuplicates && createNearDuplicateIndex(nearDuplicates.threshold)
  const compared = ({ cells }: Outcome) =>
    (nearDuplicates?.columns ?? []).map((name) => textOf(cells[name] ?? null)).join('\n')
  let next = 0
  let accepted = 0
  return {
    get next() {
      return next
    },
    get accepted() {
      return accepted
    },
    recall: (outcome) => {
      next = outcome.index + 1
      if (outcome.verdict !== 'accepted') return
      accepted += 1
      index?.insert(compared(outcome))
    },
    judge: (outcome) => {
      next = outcome.index + 1
      if (outcome.verdict !== 'accepted') return outcome
      if (index?.add(compared(outcome)) !== undefined) {
        return { ...outcome, verdict: 'rejected', reason: 'near-duplicate' }
      }
      accepted += 1
      return outcome
    },
  }
}
