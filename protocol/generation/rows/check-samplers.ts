import type { RowColumn, Sampler } from '../../../schemas/row-columns.ts'
import { convert } from './sampler-conversion.ts'
import { hasMass } from './draw.ts'
import type { RecipeNames } from './recipe-names.ts'

type SamplerColumn = Extract<RowColumn, { type: 'sampler' }>
type Fault = (member: string, message: string) => void

/** Longest time that a sampler may add to a moment: 1,000 years of days. */
const LONGEST_SECONDS = 1000 * 366 * 86_400
const SECONDS = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const

/** Places at which a sampler cannot be drawn from. */
export function checkSampler(sampler: Sampler, fault: Fault): void {
  switch (sampler.kind) {
    case 'category':
      checkWeights(sampler.weights, sampler.values.length, fault)
      return
    case 'uniform':
    case 'truncated-gaussian':
      if (sampler.low >= sampler.high) fault('high', 'must be more than low')
      else if (sampler.kind === 'truncated-gaussian' && !hasMass(sampler))
        fault('low', 'is so far from the mean that there is nothing to draw')
      return
    case 'integer':
      if (sampler.low > sampler.high) fault('high', 'must not be less than low')
      if (sampler.high - sampler.low >= 2 ** 53) fault('high', 'must be less than 2^53 above low')
      return
    case 'datetime':
      if (Date.parse(sampler.start) >= Date.parse(sampler.end)) fault('end', 'must be after start')
      return
    case 'timedelta':
      if (sampler.min >= sampler.max) fault('max', 'must be more than min, for it is excluded')
      if (sampler.max * SECONDS[sampler.unit] > LONGEST_SECONDS) fault('max', 'must be at most 1,000 years')
      return
    case 'subcategory':
    case 'gaussian':
    case 'lognormal':
    case 'exponential':
    case 'gamma':
    case 'beta':
    case 'zipf':
    case 'bernoulli':
    case 'binomial':
    case 'poisson':
    case 'uuid':
      break
  }
}

/** As many weights as values, and not all zero. */
export function checkWeights(weights: readonly number[] | undefined, values: number, fault: Fault): void {
  if (weights === undefined) return
  if (weights.length !== values) fault('weights', `must be ${values}, one for each value, not ${weights.length}`)
  else if (weights.every((weight) => weight === 0)) fault('weights', 'must not all be 0')
}

/** The sampler column of that name, when it stands above column `at`; else a fault. */
function earlierSampler(
  names: RecipeNames,
  name: string,
  { at, path }: { readonly at: number; readonly path: string },
): SamplerColumn | undefined {
  const column = names.column(name, path)
  if (column === undefined) return undefined
  const standsAt = names.recipe.columns.indexOf(column)
  if (standsAt === at) names.fault(path, `column "${name}" needs itself`)
  else if (column.type !== 'sampler') names.fault(path, `"${name}" is no sampler, and samplers are drawn first`)
  else if (standsAt > at) names.fault(path, `"${name}" is drawn later; move it above this column`)
  else return column
  return undefined
}

const samplersOf = (column: SamplerColumn): readonly Sampler[] => [
  column.sampler,
  ...(column.conditional ?? []).map(({ sampler }) => sampler),
]

/** What a sampler reads of earlier samplers. */
function checkParent(
  names: RecipeNames,
  sampler: Sampler,
  place: { readonly at: number; readonly path: string },
): void {
  if (sampler.kind === 'timedelta') {
    const path = `${place.path}.reference`
    const reference = earlierSampler(names, sampler.reference, { at: place.at, path })
    if (reference && !samplersOf(reference).every(({ kind }) => kind === 'datetime' || kind === 'timedelta'))
      names.fault(path, `"${sampler.reference}" is no moment`)
  }
  if (sampler.kind !== 'subcategory') return
  const path = `${place.path}.parent`
  const parent = earlierSampler(names, sampler.parent, { at: place.at, path })
  for (const each of parent === undefined ? [] : samplersOf(parent)) {
    if (each.kind !== 'category') names.fault(path, `"${sampler.parent}" is no category`)
    else
      for (const value of each.values)
        if (!Object.hasOwn(sampler.values, String(convert(value, parent?.convertTo))))
          names.fault(
            `${place.path}.values`,
            `has nothing for the value ${JSON.stringify(value)} of "${sampler.parent}"`,
          )
  }
}

/** Parameters, conversion, conditions and parents of a sampler column. */
export function checkSamplerColumn(names: RecipeNames, column: SamplerColumn, at: number): void {
  const places: [string, Sampler][] = [
    [`columns.${at}.sampler`, column.sampler],
    ...(column.conditional ?? []).map(({ sampler }, index): [string, Sampler] => [
      `columns.${at}.conditional.${index}.sampler`,
      sampler,
    ]),
  ]
  for (const [path, sampler] of places) {
    checkSampler(sampler, (member, message) => names.fault(`${path}.${member}`, message))
    checkParent(names, sampler, { at, path })
    checkConversion(names, sampler, { column, path: `columns.${at}.convertTo` })
  }
  for (const [index, { when }] of (column.conditional ?? []).entries()) {
    const path = `columns.${at}.conditional.${index}.when`
    const read = names.condition(when, path)
    for (const name of new Set(read?.uses.map((use) => use.name).filter((each) => names.columns.has(each))))
      earlierSampler(names, name, { at, path })
  }
}

function checkConversion(
  names: RecipeNames,
  sampler: Sampler,
  { column, path }: { readonly column: SamplerColumn; readonly path: string },
): void {
  const { convertTo } = column
  if (convertTo === undefined || convertTo === 'string') return
  if (sampler.kind === 'uuid' || sampler.kind === 'datetime' || sampler.kind === 'timedelta') {
    names.fault(path, `a ${sampler.kind} is a text and no number`)
    return
  }
  const values =
    sampler.kind === 'category'
      ? sampler.values
      : sampler.kind === 'subcategory'
        ? Object.values(sampler.values).flat()
        : []
  const unreadable = values.find((value) => convert(value, convertTo) === undefined)
  if (unreadable !== undefined) names.fault(path, `the value ${JSON.stringify(unreadable)} is no number`)
}
