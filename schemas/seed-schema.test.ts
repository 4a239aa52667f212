import { describe, expect, it } from 'vitest'
import { SeedSchema } from './seed-schema.ts'

const age = { name: 'age', type: 'integer', domain: { min: 0, max: 120 } }
const id = { name: 'person', type: 'identifier', role: 'identifying' }

function faults(value: unknown): string[] {
  const result = SeedSchema.safeParse(value)
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}

describe('SeedSchema', () => {
  it('takes a column as public and a row as unit unless said otherwise', () => {
    const schema = SeedSchema.parse({ subject: 'persons', columns: [age] })
    expect(schema.unit).toBe('row')
    expect(schema.columns[0]).toMatchObject({ role: 'other', nullable: false, domain: { provenance: 'public' } })
  })

  it('refuses a unit, a target or a constraint on a column that is not declared', () => {
    expect(faults({ subject: 'persons', unit: 'person', columns: [age] })).toEqual(['unit: names no declared column'])
    expect(faults({ subject: 'persons', target: 'income', columns: [age] })[0]).toMatch(/^target: /)
    const constraint = { name: 'c', must: { column: 'height', op: '>', value: 0 } }
    expect(faults({ subject: 'persons', columns: [age], constraints: [constraint] })[0]).toMatch(/^constraints\.0: /)
  })

  it('refuses several rows per unit when the unit is the row', () => {
    expect(faults({ subject: 'persons', rowsPerUnit: 3, columns: [age] })).toHaveLength(1)
    expect(faults({ subject: 'persons', unit: 'person', rowsPerUnit: 3, columns: [age, id] })).toEqual([])
  })

  it('refuses empty ranges, repeated names, repeated categories and unknown members', () => {
    expect(faults({ subject: 'persons', columns: [{ ...age, domain: { min: 5, max: 1 } }] })).toHaveLength(1)
    const fine = { ...age, domain: { min: 0, max: 1000, binning: { kind: 'unit' } } }
    expect(faults({ subject: 'persons', columns: [fine] })).toHaveLength(1)
    expect(faults({ subject: 'persons', columns: [age, age] })).toHaveLength(1)
    const sex = { name: 'sex', type: 'categorical', domain: { categories: ['f', 'f'] } }
    expect(faults({ subject: 'persons', columns: [sex] })).toHaveLength(1)
    expect(faults({ subject: 'persons', columns: [{ ...age, bounds: [0, 1] }] })).toHaveLength(1)
  })
})
