import type { RowRecord } from '../../../schemas/row-recipe.ts'
import { PREFECTURES } from './census-2020.ts'
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from './names-ja.ts'
import { describeTrait, type Language, levelName, levelOf, TRAITS } from './ocean.ts'
import { type PersonaBatch, type Population, valuesOf } from './population.ts'

const prefectures = new Map(PREFECTURES.map((each) => [each.ja, each]))
const SEXES = { en: { male: 'male', female: 'female' }, ja: { male: '男', female: '女' } } as const

/**
 * The record of one persona of a batch: `persona` (the text), name, sex, age, prefecture, region, country, further attributes as
 * the tables name them, and `ocean` with t-score, level and description of each trait.
 */
export function personaRecord(
  population: Population,
  batch: PersonaBatch,
  { at, language }: { readonly at: number; readonly language: Language },
): RowRecord {
  const values = new Map(
    population.groups.flatMap((group, index) => valuesOf(group, batch.combinations[index]?.[at] ?? 0)),
  )
  const sex = values.get('sex') === 'female' ? 'female' : 'male'
  const prefecture = prefectures.get(values.get('prefecture') ?? '')
  const family = FAMILY_NAMES[batch.familyNames[at] ?? 0] ?? ''
  const given = (sex === 'female' ? FEMALE_NAMES : MALE_NAMES)[batch.givenNames[at] ?? 0] ?? ''
  const further = [...values].filter(([attribute]) => attribute !== 'sex' && attribute !== 'prefecture')
  const traits = TRAITS.map((trait, index) => {
    const score = batch.scores[TRAITS.length * at + index] ?? 50
    const level = levelOf(score)
    return { trait, score, level: levelName(level, language), description: describeTrait(trait, level, language) }
  })
  const place = language === 'en' ? (prefecture?.en ?? '') : (prefecture?.ja ?? '')
  const person = { name: `${family}${given}`, sex, age: batch.ages[at] ?? 0, place } as const
  return {
    persona: personaText(person, { further, traits, language }),
    name: person.name,
    family_name: family,
    given_name: given,
    sex: SEXES[language][sex],
    age: person.age,
    ...Object.fromEntries(further),
    prefecture: place,
    region: prefecture?.region ?? '',
    country: language === 'en' ? 'Japan' : '日本',
    ocean: Object.fromEntries(
      traits.map(({ trait, score, level, description }) => [trait, { score, level, description }]),
    ),
  }
}

interface Said {
  readonly further: readonly (readonly [string, string])[]
  readonly traits: readonly { readonly description: string }[]
  readonly language: Language
}

function personaText(
  { name, sex, age, place }: { name: string; sex: 'male' | 'female'; age: number; place: string },
  { further, traits, language }: Said,
): string {
  const descriptions = traits.map(({ description }) => description)
  if (language === 'en') {
    const noun = age < 18 ? { male: 'boy', female: 'girl' }[sex] : { male: 'man', female: 'woman' }[sex]
    const attributes = further.map(([attribute, value]) => `${attribute.replaceAll('_', ' ')}: ${value}.`)
    return [`${name} is a ${noun} of ${age} who lives in ${place}, Japan.`, ...attributes, ...descriptions].join(' ')
  }
  const noun = age < 18 ? { male: '男子', female: '女子' }[sex] : { male: '男性', female: '女性' }[sex]
  const attributes = further.map(([attribute, value]) => `${attribute}：${value}。`)
  return [`${name}は${place}に住む${age}歳の${noun}。`, ...attributes, ...descriptions].join('')
}
