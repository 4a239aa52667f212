import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refused } from '../../../protocol/refusal.ts'
import { TableColumn } from '../../../schemas/datasets.ts'
import { createParquetPart } from './parquet-parts.ts'
import { openParquetParts } from './parquet-index.ts'

const columns = [
  { name: 'number', type: 'int64' },
  { name: 'text', type: 'string', nullable: true },
  { name: 'price', type: 'decimal', scale: 2 },
].map((column) => TableColumn.parse(column))

const recordAt = (index: number) => ({
  number: index === 3 ? '9007199254740993' : index,
  text: index % 5 === 0 ? null : `text ${index}`,
  price: `${index}.25`,
})

/** Rows of each row group of each part. */
const PARTS = [[4, 1, 6], [3], [5, 5]]
const TOTAL = 24

describe('the parts of a table as records by number', () => {
  let folder = ''
  let paths: string[] = []
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'parts-'))
    let next = 0
    paths = PARTS.map((groups, part) => {
      const path = join(folder, `${part}.parquet`)
      const written = createParquetPart(path, columns)
      for (const rows of groups) {
        const all = Array.from({ length: rows }, (_, row) => recordAt(next + row))
        written.write([
          all.map(({ number }) => BigInt(number)),
          all.map(({ text }) => text),
          all.map(({ price }) => price),
        ])
        next += rows
      }
      written.finish()
      return path
    })
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('gives every record of all parts in their order, whatever it is asked for first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: TOTAL - 1 }), { minLength: 1 }),
        fc.constantFrom(0, 500, 1 << 20),
        async (wanted, heldBytes) => {
          const opened = await openParquetParts(paths, { heldBytes })
          expect(opened.records).toBe(TOTAL)
          expect(await Promise.all(wanted.map((index) => opened.record(index)))).toEqual(wanted.map(recordAt))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('reads a row group once while it is held, and again when others took its place', async () => {
    const read: number[] = []
    const opened = await openParquetParts(paths, { heldBytes: 0, onRead: (group) => read.push(group) })
    await Promise.all([opened.record(0), opened.record(1), opened.record(2)])
    await opened.record(3)
    expect(read).toEqual([0])
    await opened.record(5)
    await opened.record(0)
    expect(read).toEqual([0, 2, 0])
  })

  it('refuses a record that there is not, and a file that is no table', async () => {
    const opened = await openParquetParts(paths)
    await expect(opened.record(TOTAL)).rejects.toThrow(RangeError)
    await expect(opened.record(-1)).rejects.toThrow(RangeError)
    await expect(openParquetParts([import.meta.filename])).rejects.toThrow(Refused)
    expect((await openParquetParts([])).records).toBe(0)
  })
})
