import type { CellValue, Sampler } from '../../../schemas/row-columns.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { CounterRandom } from './counter-random.ts'
import {
  binomialWeights,
  type DiscreteWeights,
  gammaFrom,
  indexPicker,
  normalCdf,
  normalQuantile,
  poissonWeights,
  zipfWeights,
} from './distributions.ts'
import { dateText, dateTimeText, millisecondsOf, momentsBetween } from './moments.ts'

/** Value of a sampler in a row; `record` holds the earlier samplers that it needs. */
export type Draw = (row: number, record: RowRecord) => CellValue

type SamplerOf<Kind extends Sampler['kind']> = Extract<Sampler, { kind: Kind }>

const SCALES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

/** Draws of a number that has decimal places. */
function rounded(decimalPlaces: number | undefined, draw: (row: number) => number): Draw {
  if (decimalPlaces === undefined) return draw
  const scale = SCALES[decimalPlaces] ?? 1
  return (row) => Math.round(draw(row) * scale) / scale
}

const discrete = ({ first, weights }: DiscreteWeights, random: CounterRandom): Draw => {
  const pick = indexPicker(weights)
  return (row) => first + pick(random.unit(row, 0))
}

/**
 * Draws of a sampler from a stream. Every value is a function of (stream, row) by IEEE 754 arithmetic, square roots, and the
 * logarithms and exponentials of ECMAScript, which V8 computes in software of its own (fdlibm): the same on every machine that
 * runs Node. The parameters are those that checkSampler lets through.
 */
export function compileDraw(sampler: Sampler, random: CounterRandom): Draw {
  const unit = (row: number): number => random.unit(row, 0)
  switch (sampler.kind) {
    case 'category':
      return category(sampler, random)
    case 'subcategory':
      return subcategory(sampler, random)
    case 'uniform': {
      const { low, high } = sampler
      return rounded(sampler.decimalPlaces, (row) => low + (high - low) * unit(row))
    }
    case 'integer': {
      const size = sampler.high - sampler.low + 1
      return (row) => sampler.low + Math.floor(size * unit(row))
    }
    case 'gaussian':
      return rounded(sampler.decimalPlaces, (row) => sampler.mean + sampler.stddev * normalQuantile(unit(row)))
    case 'truncated-gaussian':
      return truncatedGaussian(sampler, random)
    case 'lognormal':
      return rounded(sampler.decimalPlaces, (row) => Math.exp(sampler.mu + sampler.sigma * normalQuantile(unit(row))))
    case 'exponential':
      return rounded(sampler.decimalPlaces, (row) => -Math.log(unit(row)) / sampler.rate)
    case 'gamma':
    case 'beta':
      return gammas(sampler, random)
    case 'zipf':
      return discrete(zipfWeights(sampler.exponent, sampler.size), random)
    case 'bernoulli':
      return (row) => (unit(row) < sampler.p ? 1 : 0)
    case 'binomial':
      return discrete(binomialWeights(sampler.n, sampler.p), random)
    case 'poisson':
      return discrete(poissonWeights(sampler.mean), random)
    case 'datetime':
      return dateTime(sampler, random)
    case 'timedelta':
      return timeDelta(sampler, random)
    case 'uuid':
      break
  }
  return uuid(sampler.prefix ?? '', random)
}

function category({ values, weights }: SamplerOf<'category'>, random: CounterRandom): Draw {
  const size = values.length
  if (weights === undefined) return (row) => values[Math.floor(size * random.unit(row, 0))] ?? null
  const pick = indexPicker(weights)
  return (row) => values[pick(random.unit(row, 0))] ?? null
}

/** A scalar as a key of `values` or the text of a moment. */
const written = (value: CellValue | undefined): string =>
  typeof value === 'string' ? value : JSON.stringify(value ?? null)

function subcategory({ parent, values }: SamplerOf<'subcategory'>, random: CounterRandom): Draw {
  const lists = new Map(Object.entries(values))
  return (row, record) => {
    const list = lists.get(written(record[parent])) ?? []
    return list[Math.floor(list.length * random.unit(row, 0))] ?? null
  }
}

/** Probabilities below both bounds, on the side of the mean where small ones are exact; `sign` is -1 when it was mirrored. */
function truncation({ mean, stddev, low, high }: SamplerOf<'truncated-gaussian'>): {
  readonly sign: 1 | -1
  readonly from: number
  readonly to: number
} {
  const [lower, upper] = [(low - mean) / stddev, (high - mean) / stddev]
  return lower > 0
    ? { sign: -1, from: normalCdf(-upper), to: normalCdf(-lower) }
    : { sign: 1, from: normalCdf(lower), to: normalCdf(upper) }
}

/** False when the bounds are so far from the mean that no number tells them apart. */
export function hasMass(sampler: SamplerOf<'truncated-gaussian'>): boolean {
  const { from, to } = truncation(sampler)
  return to > from
}

/** By the inverse of the distribution function between the bounds. */
function truncatedGaussian(sampler: SamplerOf<'truncated-gaussian'>, random: CounterRandom): Draw {
  const { mean, stddev, low, high, decimalPlaces } = sampler
  const { sign, from, to } = truncation(sampler)
  return rounded(decimalPlaces, (row) => {
    const z = sign * normalQuantile(from + (to - from) * random.unit(row, 0))
    return Math.min(high, Math.max(low, mean + stddev * z))
  })
}

function gammas(sampler: SamplerOf<'gamma'> | SamplerOf<'beta'>, random: CounterRandom): Draw {
  let row = 0
  let draw = 0
  const next = (): number => {
    draw += 1
    return random.unit(row, draw - 1)
  }
  return rounded(sampler.decimalPlaces, (at) => {
    row = at
    draw = 0
    if (sampler.kind === 'gamma') return sampler.scale * gammaFrom(sampler.shape, next)
    const { alpha, beta } = sampler
    const [a, b] = [gammaFrom(alpha, next), gammaFrom(beta, next)]
    // Tiny parameters put all weight on both ends.
    return a + b > 0 ? a / (a + b) : next() < alpha / (alpha + beta) ? 1 : 0
  })
}

function dateTime({ start, end, unit }: SamplerOf<'datetime'>, random: CounterRandom): Draw {
  const { count, at } = momentsBetween(Date.parse(start), Date.parse(end), unit)
  const text = start.length === 10 && !['hour', 'minute', 'second'].includes(unit) ? dateText : dateTimeText
  return (row) => text(at(Math.floor(count * random.unit(row, 0))))
}

function timeDelta({ reference, min, max, unit }: SamplerOf<'timedelta'>, random: CounterRandom): Draw {
  const step = millisecondsOf(unit)
  return (row, record) => {
    const from = written(record[reference])
    const moment = Date.parse(from) + step * (min + Math.floor((max - min) * random.unit(row, 0)))
    return unit === 'day' && from.length === 10 ? dateText(moment) : dateTimeText(moment)
  }
}

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const hex16 = (word: number): string => `${hex[(word >>> 8) & 0xff] ?? ''}${hex[word & 0xff] ?? ''}`

/** RFC 9562 version 4, of the four words of a block. */
function uuid(prefix: string, random: CounterRandom): Draw {
  return (row) => {
    const [a, b, c, d] = [random.word(row, 0), random.word(row, 1), random.word(row, 2), random.word(row, 3)]
    const version = hex16((b & 0x0fff) | 0x4000)
    const variant = hex16(((c >>> 16) & 0x3fff) | 0x8000)
    return `${prefix}${hex16(a >>> 16)}${hex16(a)}-${hex16(b >>> 16)}-${version}-${variant}-${hex16(c)}${hex16(d >>> 16)}${hex16(d)}`
  }
}
