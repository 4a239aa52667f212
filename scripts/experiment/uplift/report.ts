import type { ArmScore } from './score.ts'
import { bootstrapMean, halfWidth, type Interval, mcnemar } from './statistics.ts'

export interface ArmResult {
  readonly name: string
  readonly about: string
  /** Distinct pairs that the arm has, before they are brought to the common budget. */
  readonly examples: number
  readonly score: ArmScore
}

interface Contrast {
  readonly name: string
  readonly of: string
  readonly minus: readonly string[]
}

const contrasts: readonly Contrast[] = [
  { name: 'uplift', of: 'A4', minus: ['A1'] },
  { name: 'persona effect', of: 'A3', minus: ['A2'] },
  { name: 'effect of what personas say', of: 'A3', minus: ['A5'] },
  { name: 'filter effect', of: 'A4', minus: ['A3'] },
  { name: 'federation effect', of: 'A6', minus: ['A4-north', 'A4-south'] },
  { name: 'federated against all seeds in one place', of: 'A6', minus: ['A4'] },
]

export interface MeasuredContrast extends Contrast {
  readonly difference: Interval
  /** Exact McNemar on the majority over training seeds; none against a mean of arms. */
  readonly p?: number
  /** The interval excludes 0 and the difference is not below what so many questions can tell apart. */
  readonly claimed: boolean
}

export function measureContrasts(arms: readonly ArmResult[]): MeasuredContrast[] {
  const scoreOf = (name: string): ArmScore => {
    const arm = arms.find((each) => each.name === name)
    if (arm === undefined) throw new Error(`there is no arm ${name}`)
    return arm.score
  }
  return contrasts.map((contrast) => {
    const first = scoreOf(contrast.of)
    const others = contrast.minus.map(scoreOf)
    const differences = first.fact.map(
      (share, at) => share - others.reduce((sum, { fact }) => sum + (fact[at] ?? 0), 0) / others.length,
    )
    const difference = bootstrapMean(differences)
    const [only] = others
    const p = others.length === 1 && only !== undefined ? mcnemar(first.mostlyRight, only.mostlyRight).p : undefined
    const clear = difference.low > 0 || difference.high < 0
    return {
      ...contrast,
      difference,
      ...(p === undefined ? {} : { p }),
      claimed: clear && Math.abs(difference.mean) >= halfWidth(first.fact.length),
    }
  })
}

const percent = (share: number) => (100 * share).toFixed(1)
const bounds = ({ mean, low, high }: Interval) => `${percent(mean)} [${percent(low)}, ${percent(high)}]`
const signed = (share: number) => `${share < 0 ? '−' : '+'}${percent(Math.abs(share))}`

export function armLines(arms: readonly ArmResult[]): string[] {
  const rows = arms.map(({ name, about, examples, score }) => [
    name,
    about,
    String(examples),
    bounds(bootstrapMean(score.fact)),
    score.bySeed.map(percent).join(' '),
    bounds(bootstrapMean(score.twoFact)),
    bounds(bootstrapMean(score.consistent)),
    bounds(bootstrapMean(score.hallucinated)),
  ])
  return table([
    ['arm', 'training data', 'pairs', 'facts right %', 'by seed', 'two facts %', 'consistent %', 'hallucinated %'],
    ...rows,
  ])
}

export function contrastLines(measured: readonly MeasuredContrast[]): string[] {
  const rows = measured.map(({ name, of, minus, difference, p, claimed }) => [
    name,
    minus.length === 1 ? `${of} − ${minus[0]}` : `${of} − mean(${minus.join(', ')})`,
    `${signed(difference.mean)} [${signed(difference.low)}, ${signed(difference.high)}]`,
    p === undefined ? '' : p < 0.0001 ? '< 0.0001' : p.toFixed(4),
    claimed ? 'yes' : 'no',
  ])
  return table([['difference', 'of', 'points, 95 %', 'McNemar p', 'claimed'], ...rows])
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export interface Circumstances {
  readonly scriptedGenerator: boolean
  readonly builtInStudent: boolean
  readonly judged: boolean
  readonly questions: number
  readonly trainingSeeds: number
}

/** What the tables show and what they cannot, in words. */
export function plainWords(measured: readonly MeasuredContrast[], given: Circumstances): string[] {
  const named = (claimed: boolean) =>
    measured
      .filter((each) => each.claimed === claimed)
      .map(({ name, difference }) => `${name} (${signed(difference.mean)})`)
  const [clear, unclear] = [named(true), named(false)]
  return [
    `Shown: ${clear.length === 0 ? 'no difference' : clear.join(', ')}. Each is at least ${percent(halfWidth(given.questions))} points, the half-width of ${given.questions} questions, and its interval excludes 0.`,
    `Not shown: ${unclear.length === 0 ? 'nothing' : unclear.join(', ')}. That is no proof that there is none.`,
    'Each of the two nodes has half of the statute, so most of the federation effect is that the union knows all of it; A6 − A4 says what federating costs against one owner of everything.',
    `The intervals are over questions, with the mean of ${given.trainingSeeds} training seeds; one statute, one run per arm and one set of personas, so they say nothing about other ones. Facts of one article share a name and are not independent.`,
    ...(given.scriptedGenerator
      ? [
          'The generator is a scripted paraphraser, not a model: a table of question forms with planted mistakes at known rates. The figures say that pipeline, filters and measurement work; they say nothing about language models, and the persona effect is whatever the script does with a name.',
        ]
      : []),
    ...(given.builtInStudent
      ? [
          'The student is a linear classifier over letters. It gains from seeing more wordings of a question and cannot reason; nothing follows for fine-tuning a language model. It knows nothing else, so forgetting cannot be measured. Its two thresholds decide how often it abstains.',
        ]
      : []),
    ...(given.judged ? [] : ['No judge took part: A4 is what validators and near-duplicate removal leave.']),
    'Right means: exactly the number with its unit, or exactly the term, and no other. Half-right answers count as wrong.',
  ]
}
