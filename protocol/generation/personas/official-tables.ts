import { CENSUS_ATTRIBUTION, CENSUS_LICENCE, CENSUS_SOURCE, PERSONS_BY_AGE, PREFECTURES } from './census-2020.ts'
import type { PopulationTable } from './population-table.ts'

const census = {
  kind: 'statistics',
  source: CENSUS_SOURCE,
  licence: CENSUS_LICENCE,
  attribution: CENSUS_ATTRIBUTION,
} as const

const bands = PERSONS_BY_AGE.male.map((_, at) => ({
  from: 5 * at,
  to: at < 20 ? 5 * at + 5 : Number.POSITIVE_INFINITY,
}))

/** The two tables that every node has: sex by age, and prefecture. Nothing is known about how they hang together. */
export const OFFICIAL_TABLES: readonly PopulationTable[] = [
  {
    ...census,
    name: 'jp-census-2020-sex-age',
    dimensions: [
      { attribute: 'sex', values: ['male', 'female'] },
      { attribute: 'age', bands },
    ],
    counts: Float64Array.from([...PERSONS_BY_AGE.male, ...PERSONS_BY_AGE.female]),
  },
  {
    ...census,
    name: 'jp-census-2020-prefecture',
    dimensions: [{ attribute: 'prefecture', values: PREFECTURES.map(({ ja }) => ja) }],
    counts: Float64Array.from(PREFECTURES, ({ persons }) => persons),
  },
]
