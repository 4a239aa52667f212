import type { PersonaEffect, TextDiversity } from '../../../schemas/run-report.ts'
import { type Refusal } from '../../refusal.ts'

/**
 * Compares two runs on the same seeds, with and without personas, by the distinct pairs of tokens, the Vendi score (order 1) and the
 * near-duplicates of their rows. Refused unless both were measured on equally many rows: every one of the measures changes with
 * their number. The distinct pairs are over equally many tokens only when both have 50,000.
 */
export function personaEffect(
  withPersonas: TextDiversity | undefined,
  without: TextDiversity | undefined,
): PersonaEffect | Refusal {
  if (withPersonas === undefined || without === undefined || withPersonas.texts !== without.texts) {
    return {
      code: 'conflict',
      detail: 'the runs were not measured on equally many rows',
      hint: 'Compare two runs that have accepted rows.',
    }
  }
  const distinct2 = distinctOf(withPersonas) - distinctOf(without)
  const vendi = vendiOf(withPersonas) - vendiOf(without)
  const nearDuplicates = withPersonas.nearDuplicates.share - without.nearDuplicates.share
  const favoursPersonas = distinct2 > 0 && vendi > 0 && nearDuplicates <= 0
  return { rows: withPersonas.texts, distinct2, vendi, nearDuplicates, favoursPersonas }
}

const distinctOf = ({ distinct }: TextDiversity): number => distinct.runs.find(({ n }) => n === 2)?.share ?? 0
const vendiOf = ({ vectors }: TextDiversity): number => vectors.vendi.find(({ order }) => order === 1)?.score ?? 0
