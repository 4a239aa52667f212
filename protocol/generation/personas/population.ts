import type { ImpossibleCombination, TableDistance } from '../../../schemas/personas.ts'
import { Refused } from '../../refusal.ts'
import { SeededStream } from '../seeded-stream.ts'
import { type AliasTable, aliasTable } from './alias-table.ts'
import { type Axis, axisSize, groupAxes } from './axes.ts'
import { IMPOSSIBLE } from './impossible-combinations.ts'
import { distanceFrom, fitJoint, type JointDistribution } from './joint-distribution.ts'
import { FAMILY_NAMES, FEMALE_NAMES, MALE_NAMES } from './names-ja.ts'
import { traitScore, TRAITS } from './ocean.ts'
import { OFFICIAL_TABLES } from './official-tables.ts'
import type { PopulationTable } from './population-table.ts'

interface Group extends JointDistribution {
  readonly alias: AliasTable
}

/** A population that personas are drawn from. */
export interface Population {
  readonly groups: readonly Group[]
  readonly tables: readonly PopulationTable[]
  readonly rules: readonly ImpossibleCombination[]
}

/** Attributes of personas `from` to `from + count − 1` in column form. */
export interface PersonaBatch {
  readonly from: number
  readonly count: number
  /** For each group of the population the combination of every persona. */
  readonly combinations: readonly Int32Array[]
  /** In years. */
  readonly ages: Uint8Array
  readonly familyNames: Uint16Array
  readonly givenNames: Uint16Array
  /** Five t-scores per persona, in the order of TRAITS. */
  readonly scores: Uint8Array
}

const WORDS_OF_ALL = 3 + TRAITS.length
const WORDS_IN_BLOCK = 16

/**
 * Fits the population to the two official tables and further ones. Impossible combinations get no share at all, so that nothing
 * has to be drawn twice and the tables keep their shares. Throws Refused `table-invalid` when a table is further than `tolerance`
 * from the fit (total variation): the tables, or tables and rules, then contradict each other.
 */
export function fitPopulation(
  further: readonly PopulationTable[] = [],
  { never = [], tolerance = 0.01 }: { never?: readonly ImpossibleCombination[]; tolerance?: number } = {},
): Population {
  const tables = [...OFFICIAL_TABLES, ...further]
  const rules = [...IMPOSSIBLE, ...never]
  const groups = groupAxes(tables, rules).map((group) => {
    const joint = fitJoint(group)
    return { ...joint, alias: aliasTable(joint.shares) }
  })
  const population = { groups, tables, rules }
  const errors = tallyPopulation(population)
    .distances()
    .filter(({ fitted }) => fitted > tolerance)
    .map(({ table, fitted }) => ({ path: `table "${table}"`, message: `is off by ${fitted.toFixed(4)}` }))
  if (errors.length === 0) return population
  throw new Refused({
    code: 'table-invalid',
    detail: 'no population has the shares of all tables at once',
    hint: 'Tables or rules contradict each other: correct or leave out the one that is wrong, or allow a greater tolerance.',
    errors,
  })
}

/** Personas of a run; persona i is a function of the population, the 32-byte seed and i alone. */
export function samplePersonas(
  { groups }: Population,
  runSeed: Uint8Array,
  { from, count }: { readonly from: number; readonly count: number },
): PersonaBatch {
  const stream = new SeededStream(runSeed)
  const blocks = Math.ceil((WORDS_OF_ALL + 2 * groups.length) / WORDS_IN_BLOCK)
  const batch = {
    from,
    count,
    combinations: groups.map(() => new Int32Array(count)),
    ages: new Uint8Array(count),
    familyNames: new Uint16Array(count),
    givenNames: new Uint16Array(count),
    scores: new Uint8Array(TRAITS.length * count),
  }
  const people = attributesOfGroups(groups)
  for (let at = 0; at < count; at += 1) {
    stream.seek((from + at) * blocks)
    const year = stream.word()
    const family = stream.word()
    const given = stream.word()
    for (let trait = 0; trait < TRAITS.length; trait += 1) {
      batch.scores[TRAITS.length * at + trait] = traitScore(stream.word())
    }
    for (let group = 0; group < groups.length; group += 1) {
      const unit = ((stream.word() >>> 5) * 2 ** 26 + (stream.word() >>> 6)) / 2 ** 53
      const own = batch.combinations[group]
      if (own !== undefined) own[at] = groups[group]?.alias.draw(unit) ?? 0
    }
    const cell = batch.combinations[people.group]?.[at] ?? 0
    const band = people.ageOf[cell] ?? 0
    batch.ages[at] = (people.years[2 * band] ?? 0) + upTo(year, people.years[2 * band + 1] ?? 1)
    batch.familyNames[at] = upTo(family, FAMILY_NAMES.length)
    batch.givenNames[at] = upTo(given, people.femaleIn[cell] === 1 ? FEMALE_NAMES.length : MALE_NAMES.length)
  }
  return batch
}

/** Uniform in [0, n) from a 32-bit word; n is small, so the unevenness is below n ÷ 2^32. */
const upTo = (word: number, n: number) => Math.floor((word * n) / 2 ** 32)

/** Sex and age of every combination of the group that holds both, as numbers. */
function attributesOfGroups(groups: readonly Group[]) {
  const group = groups.findIndex(({ axes }) => axes.some(({ attribute }) => attribute === 'age'))
  const { axes, shares } = groups[group] ?? { axes: [], shares: new Float64Array(0) }
  const bands = axes.flatMap((axis) => ('bands' in axis ? axis.bands : []))
  const sexes = axes.flatMap((axis) => (axis.attribute === 'sex' && 'values' in axis ? [axis.values] : []))[0] ?? []
  const [ageAt, sexAt] = ['age', 'sex'].map((name) => axes.findIndex(({ attribute }) => attribute === name))
  const ageOf = new Uint16Array(shares.length)
  const femaleIn = new Uint8Array(shares.length)
  for (let cell = 0; cell < shares.length; cell += 1) {
    ageOf[cell] = codeOf(axes, ageAt ?? 0, cell)
    femaleIn[cell] = sexes[codeOf(axes, sexAt ?? 0, cell)] === 'female' ? 1 : 0
  }
  return { group, ageOf, femaleIn, years: Uint8Array.from(bands.flatMap(({ from, to }) => [from, to - from])) }
}

function codeOf(axes: readonly Axis[], at: number, cell: number): number {
  let rest = cell
  for (let last = axes.length - 1; last > at; last -= 1) rest = Math.floor(rest / axisSize(axes[last] as Axis))
  return rest % axisSize(axes[at] as Axis)
}

/** Values of one combination by attribute, without age, and without attributes that the person has no value of. */
export function valuesOf({ axes }: JointDistribution, cell: number): [string, string][] {
  return axes.flatMap((axis, at): [string, string][] => {
    if ('bands' in axis) return []
    const value = axis.values[codeOf(axes, at, cell)] ?? ''
    return value === '' ? [] : [[axis.attribute, value]]
  })
}

/** Counts personas and says how far they are from each table. */
export interface PopulationTally {
  add(batch: PersonaBatch): void
  distances(): TableDistance[]
}

export function tallyPopulation({ groups, tables }: Pick<Population, 'groups' | 'tables'>): PopulationTally {
  const counts = groups.map(({ shares }) => new Uint32Array(shares.length))
  return {
    add: ({ combinations }) => {
      for (const [group, cells] of combinations.entries()) {
        const own = counts[group]
        if (own === undefined) continue
        for (let at = 0; at < cells.length; at += 1) {
          const cell = cells[at] ?? 0
          own[cell] = (own[cell] ?? 0) + 1
        }
      }
    },
    distances: () => {
      const all = groups.flatMap((group, at) =>
        group.tables.map((fitted) => ({
          table: fitted.table.name,
          kind: fitted.table.kind,
          cells: fitted.table.counts.filter((count) => !Number.isNaN(count)).length,
          scaled: fitted.scaledBy,
          fitted: distanceFrom(fitted, group.shares),
          sampled: distanceFrom(fitted, counts[at] ?? []),
        })),
      )
      return tables.flatMap(({ name }) => all.filter(({ table }) => table === name))
    },
  }
}
