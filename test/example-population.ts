import type { TextDetail } from '../schemas/evaluation.ts'
import { SeededStream } from '../protocol/generation/seeded-stream.ts'
import type { Table } from '../protocol/generation/table.ts'
import { SeedSchema } from '../schemas/seed-schema.ts'

/** Made-up people whose columns depend on each other, with a number fine enough that equal rows are rare. */
export const populationSchema = SeedSchema.parse({
  subject: 'persons',
  target: 'income',
  columns: [
    { name: 'age', type: 'integer', role: 'quasi-identifier', domain: { min: 0, max: 99 } },
    { name: 'region', type: 'categorical', role: 'quasi-identifier', domain: { categories: ['n', 'e', 's', 'w'] } },
    { name: 'school', type: 'categorical', nullable: true, domain: { categories: ['none', 'basic', 'high'] } },
    { name: 'employed', type: 'boolean', role: 'sensitive' },
    {
      name: 'income',
      type: 'integer',
      role: 'sensitive',
      domain: { min: 0, max: 99_999, specialValues: [0], binning: { kind: 'geometric', cells: 40 } },
    },
    { name: 'rent', type: 'integer', role: 'sensitive', domain: { min: 0, max: 9999 } },
  ],
  constraints: [
    {
      name: 'only the employed earn',
      when: { column: 'employed', in: [false] },
      must: { column: 'income', op: '=', value: 0 },
    },
  ],
})

/** Independent draws from one population: different seeds give different people of the same kind. */
export function population(rows: number, seed: number): Table {
  const stream = new SeededStream(new Uint8Array(32).fill(seed))
  const columns = populationSchema.columns.map(({ name }) => ({ name, values: new Float64Array(rows) }))
  for (let row = 0; row < rows; row += 1) {
    const age = Math.floor((stream.unit() + stream.unit()) * 50)
    const school = age < 7 ? Number.NaN : stream.unit() < age / 120 ? 1 : 2
    const employed = stream.unit() < (age > 18 && age < 67 ? 0.55 + 0.35 * (school - 1) : 0.05) ? 1 : 0
    const income = employed === 1 ? 1 + Math.floor(30_000 * stream.unit() * (1 + (stream.unit() * age) / 50)) : 0
    const cells = [
      age,
      stream.below(4),
      school,
      employed,
      Math.min(income, 99_999),
      Math.floor(9999 * stream.unit() * (0.2 + age / 130)),
    ]
    for (const [at, column] of columns.entries()) column.values[row] = cells[at] ?? 0
  }
  return { rows, columns }
}

/** What is measured of a table without strings. */
export const noTexts: TextDetail = {
  columns: [],
  rows: 0,
  seeds: { training: 0, control: 0, public: 0 },
  complete: true,
  personalData: { found: [], replayed: [] },
}
