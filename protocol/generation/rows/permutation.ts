import type { CounterRandom } from './counter-random.ts'

const ROUNDS = 48

/**
 * Random order of 0 … size − 1 that is computed place by place, without memory for the rest: swap-or-not (Hoang, Morris and
 * Rogaway, CRYPTO 2012), which works on exactly `size` values, so that nothing has to be walked around. `size` up to 2^53 − 1.
 */
export function permutation(size: number, random: CounterRandom): (place: number) => number {
  const pivots = Array.from({ length: ROUNDS }, (_, round) => Math.floor(size * random.unit(round, 0)))
  return (place) => {
    let at = place
    for (let round = 0; round < ROUNDS; round += 1) {
      const pivot = pivots[round] ?? 0
      const partner = pivot >= at ? pivot - at : pivot - at + size
      // Draws 0 and 1 of a row are the words of its unit, which the pivots are made of.
      if ((random.word(Math.max(at, partner), round + 2) & 1) === 1) at = partner
    }
    return at
  }
}
