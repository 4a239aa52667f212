import type { CellValue, Score } from '../../../schemas/row-columns.ts'

/** JSON Schema of a judge's answer: for each score its reasoning first, so that the score follows from it. */
export function judgeSchema(scores: readonly Score[]): Record<string, unknown> {
  return {
    type: 'object',
    properties: Object.fromEntries(scores.map((score) => [score.name, scoreSchema(score)])),
    required: scores.map(({ name }) => name),
    additionalProperties: false,
  }
}

function scoreSchema({ description, options }: Score): Record<string, unknown> {
  return {
    type: 'object',
    description,
    properties: {
      reasoning: { type: 'string', description: 'Why, in one to three sentences, before the score.' },
      score: {
        enum: options.map(({ score }) => score),
        description: options.map(({ score, means }) => `${score}: ${means}`).join('; '),
      },
    },
    required: ['reasoning', 'score'],
    additionalProperties: false,
  }
}

const folded = (text: string): string => text.normalize('NFKC').trim().toLowerCase()

/**
 * The option that a given score means: equal, or equal as a number written in digits ("4", 4.0 and "4.0" mean 4), or
 * equal as a text but for case, width and spaces around it. True and false are no numbers. Undefined when none or several are meant.
 */
export function coerceScore(given: CellValue, options: readonly (string | number)[]): string | number | undefined {
  const exact = options.find((option) => option === given)
  if (exact !== undefined) return exact
  if (typeof given !== 'string' && typeof given !== 'number') return undefined
  const text = folded(String(given))
  const meant = options.filter((option) => {
    if (folded(String(option)) === text) return true
    return /^-?\d+(\.\d+)?$/.test(text) && /^-?\d+(\.\d+)?$/.test(String(option)) && Number(option) === Number(text)
  })
  return meant.length === 1 ? meant[0] : undefined
}

/** A judge's answer with every score that is only written otherwise set to its option; the rest stays for the schema to check. */
export function coerceJudgement(value: CellValue, scores: readonly Score[]): CellValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      const score = scores.find((each) => each.name === name)
      if (score === undefined || typeof part !== 'object' || part === null || Array.isArray(part)) return [name, part]
      const given = part['score']
      if (given === undefined) return [name, part]
      const options = score.options.map((option) => option.score)
      return [name, { ...part, score: coerceScore(given, options) ?? given }]
    }),
  )
}
