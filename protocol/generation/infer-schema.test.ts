import { describe, expect, it } from 'vitest'
import { createSchemaSketch } from './infer-schema.ts'

const persons = { subject: 'persons', unit: 'row', rowsPerUnit: 1 } as const

function inferred(header: string[], rows: (string | null)[][]) {
  const sketch = createSchemaSketch(header)
  for (const row of rows) sketch.add(row)
  return sketch.propose(persons)
}

describe('schema proposed from seeds', () => {
  it('tells types apart and marks every domain as read from the data', () => {
    const header = ['age', 'rate', 'day', 'member', 'town', 'note']
    const rows = Array.from({ length: 300 }, (_, at) => [
      String(20 + (at % 50)),
      (at / 7).toFixed(2),
      `2024-01-${String(1 + (at % 28)).padStart(2, '0')}`,
      at % 2 === 0 ? 'true' : 'FALSE',
      ['Mito', 'Nara', null][at % 3] ?? null,
      `free text number ${at}`,
    ])
    const { columns } = inferred(header, rows)
    expect(columns.map((column) => column.type)).toEqual([
      'integer',
      'decimal',
      'date',
      'boolean',
      'categorical',
      'text',
    ])
    expect(columns[0]).toMatchObject({
      domain: { min: 20, max: 69, provenance: 'read-from-data' },
      role: 'quasi-identifier',
    })
    expect(columns[1]).toMatchObject({ domain: { min: '0', precision: 2, provenance: 'read-from-data' } })
    expect(columns[2]).toMatchObject({ domain: { min: '2024-01-01', max: '2024-01-28' } })
    expect(columns[4]).toMatchObject({
      nullable: true,
      domain: { categories: ['Mito', 'Nara'], provenance: 'read-from-data' },
    })
  })

  it('gives zero its own cell where most values are zero', () => {
    const rows = Array.from({ length: 100 }, (_, at) => [at % 10 === 0 ? String(500 + at) : '0'])
    expect(inferred(['capital-gain'], rows).columns[0]).toMatchObject({
      domain: { min: 500, max: 590, specialValues: [0], binning: { kind: 'geometric' } },
    })
  })

  it('never models a column in which every text is different', () => {
    const rows = Array.from({ length: 40 }, (_, at) => [`person-${at}`])
    expect(inferred(['e-mail'], rows).columns[0]).toMatchObject({ type: 'identifier', role: 'identifying' })
    expect(inferred(['remark'], rows).columns[0]).toMatchObject({ type: 'text' })
  })

  it('takes the column of the unit as an identifier whatever it looks like', () => {
    const sketch = createSchemaSketch(['household', 'size'])
    for (let at = 0; at < 9; at += 1) sketch.add([String(at % 3), String(at)])
    const schema = sketch.propose({ subject: 'persons', unit: 'household', rowsPerUnit: 3 })
    expect(schema).toMatchObject({
      unit: 'household',
      rowsPerUnit: 3,
      columns: [{ type: 'identifier' }, { type: 'integer' }],
    })
  })
})
