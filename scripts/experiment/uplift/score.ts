import type { StatuteLanguage } from '../../demo/statutes.ts'
import { abstains, keysIn } from './keys.ts'
import { mean } from './statistics.ts'
import type { Predictions } from './students.ts'
import type { QuestionKind, World } from './world.ts'

/** What an arm's students did with the test, one entry per question or fact, each the mean over the training seeds. */
export interface ArmScore {
  readonly fact: readonly number[]
  readonly twoFact: readonly number[]
  /** 1: something was claimed although there is no answer. */
  readonly hallucinated: readonly number[]
  /** Share of pairs of phrasings of a fact that were answered, and alike. */
  readonly consistent: readonly number[]
  /** Right in more than half of the training seeds; same order as `fact`. */
  readonly mostlyRight: readonly boolean[]
  /** Accuracy on the facts of each training seed alone. */
  readonly bySeed: readonly number[]
}

export function scoreArm({ test, language }: World, bySeed: readonly Predictions[]): ArmScore {
  const over = (kind: QuestionKind, measure: (answer: string, keys: readonly string[]) => boolean) =>
    test
      .filter((question) => question.kind === kind)
      .map(({ id, keys }) => mean(bySeed.map((said) => Number(measure(said.get(id) ?? '', keys)))))
  const right = (answer: string, keys: readonly string[]) => keysIn(answer, language).join('|') === keys.join('|')
  const fact = over('fact', right)
  return {
    fact,
    twoFact: over('two-fact', right),
    hallucinated: over('unanswerable', (answer) => !abstains(answer, language)),
    consistent: consistency({ test, language }, bySeed),
    mostlyRight: fact.map((share) => share > 0.5),
    bySeed: bySeed.map((said) => {
      const facts = test.filter(({ kind }) => kind === 'fact')
      return mean(facts.map(({ id, keys }) => Number(right(said.get(id) ?? '', keys))))
    }),
  }
}

function consistency(
  { test, language }: { test: World['test']; language: StatuteLanguage },
  bySeed: readonly Predictions[],
): number[] {
  const phrasings = Map.groupBy(
    test.filter(({ fact }) => fact !== undefined),
    ({ fact }) => fact,
  )
  return [...phrasings.values()].map((questions) =>
    mean(bySeed.map((said) => agreement(questions.map(({ id }) => keysIn(said.get(id) ?? '', language).join('|'))))),
  )
}

/** Share of all pairs that are the same and not empty. */
function agreement(answers: readonly string[]): number {
  const pairs = answers.flatMap((answer, at) => answers.slice(at + 1).map((other) => answer !== '' && answer === other))
  return mean(pairs.map(Number))
}
