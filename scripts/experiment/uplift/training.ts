import type { Example } from './generate.ts'
import { shuffledBy } from './draws.ts'

/** Characters of question and answer: a measure of training text that depends on no tokenizer. */
export const charactersOf = (examples: readonly Example[]): number =>
  examples.reduce((sum, { question, answer }) => sum + question.length + answer.length, 0)

/**
 * Exactly as much text for every arm: the examples in a mixed order, again and again until the budget is reached. The last example
 * is the first one that no longer fits.
 */
export function atBudget(examples: readonly Example[], characters: number): Example[] {
  if (examples.length === 0) return []
  const chosen: Example[] = []
  let left = characters
  for (let round = 0; left > 0; round++) {
    for (const example of shuffledBy(examples, 'budget', String(round))) {
      if (left <= 0) break
      chosen.push(example)
      left -= charactersOf([example])
    }
  }
  return chosen
}

/** One line per example, as chat trainers read it. */
export const trainLines = (examples: readonly Example[]): string =>
  examples
    .map(({ question, answer }) => ({
      messages: [
        { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ],
    }))
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('')
