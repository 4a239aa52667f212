import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ModelledColumn, SeedColumn } from '../../schemas/seed-schema.ts'
import { inDomain, isModelled, readCell, toUnits, writeCell } from './cells.ts'
import { columnCells } from './domain.ts'

function column(value: object): ModelledColumn {
  const parsed = SeedColumn.parse({ name: 'c', ...value })
  if (!isModelled(parsed)) throw new Error('a test column is modelled')
  return parsed
}

const binnings = [
  undefined,
  { kind: 'unit' },
  { kind: 'uniform', cells: 7 },
  { kind: 'geometric', cells: 9 },
  { kind: 'edges', edges: ['5', '6', '40'] },
]
const columns = [
  ...binnings.map((binning) =>
    column({ type: 'integer', nullable: true, domain: { min: 0, max: 90, specialValues: [0, 99, 5], binning } }),
  ),
  column({ type: 'decimal', domain: { min: '-1.5', max: '2000', precision: 2, specialValues: ['9999.99'] } }),
  column({
    type: 'date',
    nullable: true,
    domain: { min: '1990-02-01', max: '2020-12-31', specialValues: ['1900-01-01'] },
  }),
  column({ type: 'categorical', nullable: true, domain: { categories: ['a', 'b', 'c'] } }),
  column({ type: 'boolean' }),
]

describe('cells of a column', () => {
  it('give every decoded value back to the cell it came from, inside the declared domain', () => {
    fc.assert(
      fc.property(fc.constantFrom(...columns), fc.nat(), fc.nat(), (each, at, draw) => {
        const cells = columnCells(each)
        const cell = at % cells.cells
        const value = cells.decode(cell, (n) => draw % n)
        expect(inDomain(each, value)).toBe(true)
        expect(cells.encode(value)).toBe(cell)
      }),
      { numRuns: 2000 },
    )
  })

  it('take every number, the nearest cell standing for what is outside', () => {
    fc.assert(
      fc.property(fc.constantFrom(...columns), fc.double(), (each, value) => {
        const cells = columnCells(each)
        const cell = cells.encode(value)
        expect(cell).toBeGreaterThanOrEqual(0)
        expect(cell).toBeLessThan(cells.cells)
      }),
    )
  })

  it('reach every value of a cell', () => {
    const cells = columnCells(
      column({
        type: 'integer',
        domain: { min: 0, max: 9, specialValues: [0, 4], binning: { kind: 'uniform', cells: 2 } },
      }),
    )
    expect(cells.cells).toBe(4)
    const values = [0, 1, 2].map((draw) => cells.decode(0, () => draw))
    expect(values).toEqual([1, 2, 3])
    expect(cells.widths).toEqual([3, 5, 1, 1])
  })

  it('refuse more than a thousand unit cells', () => {
    const wide = column({ type: 'integer', domain: { min: 0, max: 5000, binning: { kind: 'unit' } } })
    expect(() => columnCells(wide)).toThrow(/more than 1000 cells/)
  })
})

describe('texts of a seed file', () => {
  it('are read and written back as the same value', () => {
    fc.assert(
      fc.property(fc.constantFrom(...columns), fc.nat(), fc.nat(), (each, at, draw) => {
        const cells = columnCells(each)
        const value = cells.decode(at % cells.cells, (n) => draw % n)
        const written = writeCell(each, value)
        expect(readCell(each, written === null ? '' : String(written))).toBe(value)
      }),
      { numRuns: 1000 },
    )
  })

  it('are named by what is wrong with them, never quoted', () => {
    const [integer] = columns
    if (integer === undefined) throw new Error('there is a column')
    expect(readCell(integer, 'seven')).toBe('is no whole number')
    expect(readCell(integer, '1.5')).toBe('is no whole number')
    expect(readCell(integer, '91')).toBe('is outside the declared domain')
    expect(readCell(column({ type: 'boolean' }), 'maybe')).toBe('is neither true nor false')
    expect(readCell(column({ type: 'boolean' }), ' ')).toBe('is empty')
    expect(readCell(column({ type: 'categorical', domain: { categories: ['a'] } }), 'b')).toBe(
      'is no declared category',
    )
    expect(readCell(column({ type: 'date', domain: { min: '2000-01-01', max: '2001-01-01' } }), '2000-02-30')).toBe(
      'is no date (YYYY-MM-DD)',
    )
  })

  it('fall to the declared category for all others', () => {
    const other = column({ type: 'categorical', domain: { categories: ['a', 'rest'], other: 'rest' } })
    expect(readCell(other, 'zebra')).toBe(1)
  })

  it('keep decimals exactly at the declared precision', () => {
    const money = column({ type: 'decimal', domain: { min: '0', max: '10', precision: 2 } })
    expect(readCell(money, '0.29')).toBe(29)
    expect(writeCell(money, 29)).toBe(0.29)
    expect(toUnits(money, '1.005')).toBe(101)
  })
})
