import type { ModelFault } from '../../ports/models.ts'

const fewestOutcomes = 50
const failingShare = 0.5

/** Watches the newest outcomes of an endpoint: from half of them failing on, going on is a waste. */
export class CircuitBreaker {
  #outcomes: (ModelFault | undefined)[] = []

  /**
   * Notes an outcome (undefined: an answer) where `limit` calls go at the same time. Gives the most frequent fault when at least half
   * of the last max(50, 2·limit) outcomes failed (generation.md §7.5).
   */
  note(fault: ModelFault | undefined, limit: number): ModelFault | undefined {
    const most = Math.max(fewestOutcomes, 2 * limit)
    this.#outcomes.push(fault)
    // Cut seldom, so that a note costs nothing.
    if (this.#outcomes.length >= 2 * most) this.#outcomes = this.#outcomes.slice(-most)
    if (fault === undefined || this.#outcomes.length < most) return undefined
    const newest = this.#outcomes.slice(-most)
    const faults = newest.filter((each) => each !== undefined)
    return faults.length >= failingShare * most ? mostFrequent(faults) : undefined
  }

  forget(): void {
    this.#outcomes = []
  }
}

function mostFrequent(faults: readonly ModelFault[]): ModelFault | undefined {
  const counts = new Map<ModelFault, number>()
  for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1)
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0]
}
