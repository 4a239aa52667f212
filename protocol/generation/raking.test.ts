import { describe, expect, it } from 'vitest'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { isModelled } from './cells.ts'
import { sampleRows } from './sample-rows.ts'
import { columnOf } from './table.ts'
import type { TreeModel } from './tree-model.ts'

const schema = SeedSchema.parse({
  subject: 'public',
  columns: ['a', 'b'].map((name) => ({ name, type: 'integer', domain: { min: 0, max: 3 } })),
  constraints: [{ name: 'equal', must: { column: 'a', op: '=', other: 'b' } }],
})
const columns = schema.columns.filter(isModelled)
const cells = Float64Array.of(100, 200, 300, 400)

/** Two columns in a group of one cell and one of three: the model cannot say which cells of a group belong together. */
const model: TreeModel = {
  total: 1000,
  order: columns.map(({ name }, at) => ({
    name,
    groups: [0, 1, 1, 1],
    cells,
    mass: Float64Array.of(100, 900),
    ...(at === 0 ? {} : { parent: { at: 0, table: Float64Array.of(100, 0, 0, 900) } }),
  })),
}

describe('rows that must keep a constraint', () => {
  const table = sampleRows({ schema, columns, model, runSeed: new Uint8Array(32).fill(8) }, 20_000)

  it('keep it without exception', () => {
    expect(columnOf(table, 'a')).toEqual(columnOf(table, 'b'))
  })

  it('keep the shares that the model gives each column, though rejection alone would shift them', () => {
    const values = columnOf(table, 'a')
    for (const [value, count] of cells.entries()) {
      const share = values.filter((each) => each === value).length / table.rows
      expect(Math.abs(share - count / 1000)).toBeLessThan(0.015)
    }
  })
})
