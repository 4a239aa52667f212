import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { NoisyMeasurements, TableRecipe } from '../../schemas/generation.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { inDomain, isModelled } from './cells.ts'
import { compare, parseFraction } from './rational.ts'
import { SeededStream } from './seeded-stream.ts'
import { boundRows, measureTable, planRun, sampleTable } from './table-synthesis.ts'
import { columnOf, type Table } from './table.ts'

const schema = SeedSchema.parse({
  subject: 'persons',
  columns: [
    { name: 'age', type: 'integer', domain: { min: 0, max: 99 } },
    { name: 'school', type: 'categorical', domain: { categories: ['none', 'basic', 'high'] } },
    { name: 'works', type: 'boolean', nullable: true },
    { name: 'wage', type: 'decimal', domain: { min: '0', max: '5000', precision: 2, specialValues: ['0'] } },
  ],
  constraints: [
    {
      name: 'children do not work',
      when: { column: 'age', op: '<', value: 15 },
      must: { column: 'works', in: [false, null] },
    },
    {
      name: 'a wage needs work',
      when: { column: 'works', in: [false, null] },
      must: { column: 'wage', op: '=', value: '0' },
    },
  ],
})
const recipe = TableRecipe.parse({ kind: 'dp-table', name: 't', seedSet: 's', epsilon: 5, delta: '1e-6', rows: 3000 })

function people(rows: number): Table {
  const stream = new SeededStream(new Uint8Array(32).fill(9))
  const columns = schema.columns.map(({ name }) => ({ name, values: new Float64Array(rows) }))
  for (let row = 0; row < rows; row += 1) {
    const age = stream.below(100)
    const works = age < 15 ? 0 : age > 70 ? Number.NaN : stream.below(4) === 0 ? 0 : 1
    const cells = [age, age < 15 ? 0 : 1 + stream.below(2), works, works === 1 ? 1 + stream.below(400_000) : 0]
    for (const [at, column] of columns.entries()) column.values[row] = cells[at] ?? 0
  }
  return { rows, columns }
}

const training = people(5000)
const measurements = measureTable({ schema, recipe, training, random: seededBytes(31) })
const runSeed = new Uint8Array(32).fill(5)
const made = sampleTable({ schema, recipe, measurements, runSeed })

describe('a differentially private table', () => {
  it('has the recipe’s rows, inside the declared domains, and keeps every constraint', () => {
    expect(made.rows).toBe(3000)
    for (const column of schema.columns.filter(isModelled)) {
      expect(columnOf(made, column.name).every((value) => inDomain(column, value))).toBe(true)
    }
    const [age, works, wage] = ['age', 'works', 'wage'].map((name) => columnOf(made, name))
    for (let row = 0; row < made.rows; row += 1) {
      if ((age?.[row] ?? 0) < 15) expect(works?.[row]).not.toBe(1)
      if (works?.[row] !== 1) expect(wage?.[row]).toBe(0)
    }
  })

  it('resembles its seeds', () => {
    const share = (table: Table): number => columnOf(table, 'works').filter((works) => works === 1).length / table.rows
    expect(Math.abs(share(made) - share(training))).toBeLessThan(0.05)
    const young = (table: Table): number => {
      const [age, school] = [columnOf(table, 'age'), columnOf(table, 'school')]
      return age.filter((value, row) => value < 15 && school[row] === 0).length / table.rows
    }
    expect(Math.abs(young(made) - young(training))).toBeLessThan(0.03)
  })

  it('is the same again from the stored measurements, the run seed and the number of rows', () => {
    const stored = NoisyMeasurements.parse(JSON.parse(JSON.stringify(measurements)))
    expect(sampleTable({ schema, recipe, measurements: stored, runSeed })).toEqual(made)
    const other = sampleTable({ schema, recipe, measurements, runSeed: new Uint8Array(32).fill(6) })
    expect(other).not.toEqual(made)
  })

  it('spends no more than the plan charged, and nearly all of it', () => {
    const plan = planRun(recipe, schema)
    if ('code' in plan) throw new Error(plan.detail)
    const spent = parseFraction(measurements.budget.rhoSpent)
    expect(measurements.budget.rhoAllowed).toBe(plan.rho)
    expect(compare(spent, parseFraction(plan.rho))).toBeLessThanOrEqual(0)
    const [p, q] = [Number(spent.p), Number(spent.q)]
    const allowed = parseFraction(plan.rho)
    expect(p / q / (Number(allowed.p) / Number(allowed.q))).toBeGreaterThan(0.99)
  })

  it('is made of one column, of an empty seed set and of one row as well', () => {
    for (const rows of [0, 1]) {
      const few = { ...recipe, rows: 50 }
      const measured = measureTable({ schema, recipe: few, training: people(rows), random: seededBytes(32) })
      expect(sampleTable({ schema, recipe: few, measurements: measured, runSeed }).rows).toBe(50)
    }
    const single = { ...recipe, columns: ['age'] }
    const measured = measureTable({ schema, recipe: single, training, random: seededBytes(33) })
    expect(sampleTable({ schema, recipe: single, measurements: measured, runSeed }).columns).toHaveLength(1)
  })

  it('names the constraint that no row can keep', () => {
    const impossible = SeedSchema.parse({
      ...schema,
      constraints: [{ name: 'older than anyone', must: { column: 'age', op: '>', value: 500 } }],
    })
    expect(() => sampleTable({ schema: impossible, recipe, measurements, runSeed })).toThrow(/older than anyone/)
  })

  it('is refused while a domain is not confirmed as public', () => {
    const read = SeedSchema.parse({
      subject: 'persons',
      columns: [{ name: 'age', type: 'integer', domain: { min: 0, max: 99, provenance: 'read-from-data' } }],
    })
    expect(planRun(recipe, read)).toMatchObject({ code: 'domain-not-public' })
    expect(() => measureTable({ schema: read, recipe, training, random: seededBytes(34) })).toThrow(/domain-not-public/)
  })
})

describe('rows of a privacy unit', () => {
  it('are bounded in the order of the table, unit by unit', () => {
    expect([...boundRows(Int32Array.of(1, 2, 1, 1, 2, 3), 2)]).toEqual([0, 1, 2, 4, 5])
  })

  it('are needed when the unit is a column', () => {
    const perPerson = SeedSchema.parse({
      ...schema,
      unit: 'person',
      rowsPerUnit: 2,
      columns: [...schema.columns, { name: 'person', type: 'identifier' }],
    })
    expect(() => measureTable({ schema: perPerson, recipe, training, random: seededBytes(35) })).toThrow(
      /privacy units/,
    )
    const units = Int32Array.from({ length: training.rows }, () => 7)
    const measured = measureTable({ schema: perPerson, recipe, training, units, random: seededBytes(36) })
    const total = measured.oneWay[1]?.counts.reduce((sum, count) => sum + count, 0) ?? 0
    expect(Math.abs(total)).toBeLessThan(100)
    expect(measured.budget).toMatchObject({ unit: 'person', rowsPerUnit: 2 })
  })
})
