import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { NoisyMeasurements, TableRecipe } from '../../schemas/generation.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { inDomain, isModelled } from './cells.ts'
import { columnCells } from './domain.ts'
import { compare, parseFraction } from './rational.ts'
import { SeededStream } from './seeded-stream.ts'
import { measureTable, sampleTable } from './table-synthesis.ts'
import type { Table } from './table.ts'

const binning = fc.oneof(
  fc.constant(undefined),
  fc.record({
    kind: fc.constantFrom('uniform' as const, 'geometric' as const),
    cells: fc.integer({ min: 1, max: 40 }),
  }),
)
const domain = fc.oneof(
  fc.record({
    type: fc.constant('categorical' as const),
    domain: fc.record({
      categories: fc.integer({ min: 1, max: 60 }).map((count) => Array.from({ length: count }, (_, at) => `c${at}`)),
      ordered: fc.boolean(),
    }),
  }),
  fc.record({ type: fc.constant('boolean' as const) }),
  fc
    .record({
      min: fc.integer({ min: -50, max: 50 }),
      width: fc.nat(3000),
      binning,
      specialValues: fc.array(fc.integer({ min: -60, max: 60 }), { maxLength: 3 }),
    })
    .map(({ min, width, ...rest }) => ({ type: 'integer' as const, domain: { min, max: min + width, ...rest } })),
)
const column = fc.tuple(domain, fc.boolean()).map(([each, nullable]) => ({ ...each, nullable }))

function randomRows(schema: SeedSchema, rows: number): Table {
  const stream = new SeededStream(new Uint8Array(32).fill(rows % 251))
  return {
    rows,
    columns: schema.columns.filter(isModelled).map((each) => {
      const cells = columnCells(each)
      const below = (n: number): number => stream.below(n)
      return {
        name: each.name,
        values: Float64Array.from({ length: rows }, () => cells.decode(below(cells.cells), below)),
      }
    }),
  }
}

describe('any declared table', () => {
  it('is measured within its budget and sampled inside its domains, whatever its columns and rows', () => {
    fc.assert(
      fc.property(
        fc.array(column, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 300 }),
        fc.constantFrom('0.01', '1', '20'),
        (columns, rows, epsilon) => {
          const schema = SeedSchema.parse({
            subject: 'organisation',
            columns: columns.map((each, at) => ({ ...each, name: `column ${at}` })),
          })
          const recipe = TableRecipe.parse({
            kind: 'dp-table',
            name: 'r',
            seedSet: 's',
            epsilon,
            delta: '1e-6',
            rows: 120,
          })
          const training = randomRows(schema, rows)
          const measured = measureTable({ schema, recipe, training, random: seededBytes(51) })
          const measurements = NoisyMeasurements.parse(JSON.parse(JSON.stringify(measured)))
          const { rhoSpent, rhoAllowed } = measurements.budget
          expect(compare(parseFraction(rhoSpent), parseFraction(rhoAllowed))).toBeLessThanOrEqual(0)
          const made = sampleTable({ schema, recipe, measurements, runSeed: new Uint8Array(32) })
          expect(made.rows).toBe(120)
          for (const each of schema.columns.filter(isModelled)) {
            const values = made.columns.find(({ name }) => name === each.name)?.values
            expect(values?.every((value) => inDomain(each, value))).toBe(true)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})
