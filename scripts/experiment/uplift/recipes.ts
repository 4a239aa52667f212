import type { RowRecipeInput } from '../../../schemas/row-recipe.ts'
import type { StatuteLanguage } from '../../demo/statutes.ts'
import { forms } from './forms.ts'

export interface Generator {
  /** Names of models at the node's only endpoint. */
  readonly model: string
  /** Absent: what a rule cannot see is not judged. */
  readonly judge?: string
}

export const endpointName = 'generator'

export interface Arm {
  readonly name: string
  readonly seedSet: string
  readonly seeds: number
  readonly rowsPerSeed: number
  /** Absent: the model is asked for other words, without a person. */
  readonly personaPack?: string
  /** Validators, near-duplicates and, where there is one, the judge decide; otherwise all that was answered is taken. */
  readonly filtered: boolean
}

/**
 * From a seed's question and answer a question in other words, then an answer from the article. The columns that ask are the same
 * with and without filters, so the second run finds every answer in the cache of the first.
 */
export function recipeOf(arm: Arm, generator: Generator, language: StatuteLanguage): RowRecipeInput {
  const { system, askQuestion, askAsPersona, askAnswer } = forms[language]
  const candidates = arm.seeds * arm.rowsPerSeed
  const writer = { endpoint: endpointName, model: generator.model, temperature: 0.9, topP: 0.95, maxTokens: 200 }
  const person = arm.personaPack
  const prompt = person === undefined ? askQuestion : askAsPersona
  return {
    kind: 'rows',
    name: arm.name,
    language,
    sources: {
      statutes: { seedSet: arm.seedSet },
      ...(person === undefined ? {} : { people: { personaPack: person } }),
    },
    ...(person === undefined
      ? {}
      : { cross: { left: 'statutes', right: 'people', mode: 'latin' as const, cap: arm.rowsPerSeed } }),
    models: {
      writer,
      ...(arm.filtered && generator.judge !== undefined
        ? { critic: { ...writer, model: generator.judge, temperature: 0 } }
        : {}),
    },
    columns: [
      { type: 'seed', name: 'seed', source: 'statutes', drop: true },
      ...(person === undefined ? [] : [{ type: 'persona' as const, name: 'person', source: 'people', drop: true }]),
      { type: 'llm-text', name: 'question', model: 'writer', system, prompt },
      { type: 'llm-text', name: 'answer', model: 'writer', system, prompt: askAnswer },
      ...(arm.filtered ? checks(generator) : []),
    ],
    ...(arm.filtered
      ? { validators: validators(language), nearDuplicates: { columns: ['question'], threshold: 0.9 } }
      : {}),
    accept: {
      when: arm.filtered ? accepted(generator) : 'true',
      target: candidates,
      maxCandidates: candidates,
      onExhausted: 'keep',
    },
  }
}

function validators(language: StatuteLanguage): NonNullable<RowRecipeInput['validators']> {
  return {
    short: { kind: 'length', min: 2, max: 400 },
    languageKept: { kind: 'language', language },
    nobody: { kind: 'pii' },
    namesThing: { kind: 'terms', with: 'seed.question', terms: 'seed.thing' },
    inOtherWords: { kind: 'overlap', with: 'seed.question', maxShare: 0.6, maxSpan: 60 },
    keepsKey: { kind: 'terms', with: 'seed.answer', terms: 'seed.key' },
    inventsNoNumber: { kind: 'numbers', with: 'seed.passage' },
  }
}

function checks({ judge }: Generator): RowRecipeInput['columns'] {
  return [
    {
      type: 'validation',
      name: 'question_checks',
      targets: ['question'],
      validators: ['short', 'languageKept', 'nobody', 'namesThing', 'inOtherWords'],
      drop: true,
    },
    {
      type: 'validation',
      name: 'answer_checks',
      targets: ['answer'],
      validators: ['short', 'nobody', 'keepsKey', 'inventsNoNumber'],
      drop: true,
    },
    ...(judge === undefined ? [] : [judgement]),
  ]
}

const judgement = {
  type: 'llm-judge' as const,
  name: 'judged',
  model: 'critic',
  drop: true,
  prompt: '{{ seed.passage }}\n{{ question }}\n{{ answer }}',
  scores: [
    {
      name: 'grounded',
      description: 'The article on the first line answers the question on the second with what stands on the third.',
      options: [
        { score: 0, means: 'it does not, or not this' },
        { score: 1, means: 'it does' },
      ],
    },
  ],
}

const accepted = ({ judge }: Generator): string =>
  `question_checks.valid and answer_checks.valid${judge === undefined ? '' : ' and judged.grounded.score == 1'}`
