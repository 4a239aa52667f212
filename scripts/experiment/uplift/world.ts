import { createHash } from 'node:crypto'
import { fictitiousStatute, type StatuteLanguage, type StatuteSeed } from '../../demo/statutes.ts'
import { shuffledBy } from './draws.ts'
import { forms } from './forms.ts'
import { keysIn } from './keys.ts'

/** `fact`: a phrasing that nothing else has; `rephrased`: further ones of the same fact, for consistency. */
export type QuestionKind = 'fact' | 'rephrased' | 'two-fact' | 'unanswerable'

export interface TestQuestion {
  readonly id: string
  readonly kind: QuestionKind
  /** The seed that it asks for. */
  readonly fact?: string
  readonly question: string
  /** What a right answer claims, and nothing else; empty for what has no answer. */
  readonly keys: readonly string[]
}

export interface World {
  readonly language: StatuteLanguage
  readonly seeds: readonly StatuteSeed[]
  readonly test: readonly TestQuestion[]
  /** SHA-256 of the test, taken before anything is generated. */
  readonly testSha256: string
}

/** The statute and its test: functions of the arguments alone, so the test is the same whatever is generated later. */
export function makeWorld(articles: number, seed: string, language: StatuteLanguage): World {
  const seeds = fictitiousStatute(articles, seed, language)
  const share = Math.round((seeds.length * 100) / 450)
  const test = [
    ...factQuestions(seeds, language),
    ...twoFacts(seeds, language, share),
    ...unanswerable(seeds, language, share),
  ]
  const testSha256 = createHash('sha256').update(JSON.stringify(test)).digest('hex')
  return { language, seeds, test, testSha256 }
}

const about = (form: string, thing: string): string => form.replaceAll('{thing}', thing)

function factQuestions(seeds: readonly StatuteSeed[], language: StatuteLanguage): TestQuestion[] {
  return seeds.flatMap((seed, at) =>
    forms[language].heldOut[seed.kind].map((form, number, all): TestQuestion => ({
      id: `${seed.id}/${number}`,
      kind: number === Math.floor(at / 3) % all.length ? 'fact' : 'rephrased',
      fact: seed.id,
      question: about(form, seed.thing),
      keys: keysIn(seed.key, language),
    })),
  )
}

function twoFacts(seeds: readonly StatuteSeed[], language: StatuteLanguage, count: number): TestQuestion[] {
  const articles = shuffledBy([...new Set(seeds.map(({ article }) => article))], 'two-fact')
  return articles.slice(0, count).map((article, at) => {
    const { kinds, form } = forms[language].twoFacts[at % forms[language].twoFacts.length] ?? { kinds: [], form: '' }
    const asked = seeds.filter((seed) => seed.article === article && kinds.some((kind) => kind === seed.kind))
    return {
      id: `two-fact/${at}`,
      kind: 'two-fact',
      question: about(form, asked[0]?.thing ?? ''),
      keys: asked.flatMap(({ key }) => keysIn(key, language)).toSorted(),
    }
  })
}

/** Half of them ask the statute for what it does not regulate, half for things that it does not know. */
function unanswerable(seeds: readonly StatuteSeed[], language: StatuteLanguage, count: number): TestQuestion[] {
  const { unanswerable: questions, unknownThings, heldOut } = forms[language]
  const known = shuffledBy([...new Set(seeds.map(({ thing }) => thing))], 'unanswerable')
  const fromLists = [...heldOut.deadline, ...heldOut.threshold, ...heldOut.exception]
  return Array.from({ length: count }, (_, at) => {
    const turn = Math.floor(at / 2)
    const question =
      at % 2 === 0
        ? about(questions[turn % questions.length] ?? '', known[turn % known.length] ?? '')
        : about(fromLists[turn % fromLists.length] ?? '', unknownThings[turn % unknownThings.length] ?? '')
    return { id: `unanswerable/${at}`, kind: 'unanswerable', question, keys: [] }
  })
}
