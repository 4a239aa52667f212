import { createHash } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { describe, expect, it } from 'vitest'
import { checkLeafList, isChunk } from '../../../../protocol/datasets/chunk-tree.ts'
import { ChunkTree, TableColumn } from '../../../../schemas/datasets.ts'
import type { TableSource } from '../../../ports/tables.ts'
import { threadWorkers } from '../thread-workers.ts'
import { runPackage } from './package.ts'

const columns = [
  { name: 'id', type: 'int64' },
  { name: 'age', type: 'int32', nullable: true },
  { name: 'share', type: 'double' },
  { name: 'price', type: 'decimal', scale: 2 },
  { name: 'city', type: 'string' },
  { name: 'member', type: 'boolean' },
  { name: 'since', type: 'date', nullable: true },
].map((column) => TableColumn.parse(column))

const rows = 2500
const range = Array.from({ length: rows }, (_, row) => row)
const source: TableSource = {
  kind: 'columns',
  table: {
    rows,
    columns: [
      { kind: 'cells', values: range.map((row) => (row === 0 ? 2n ** 60n : row)) },
      {
        kind: 'numbers',
        values: Int32Array.from(range),
        nulls: Uint8Array.from(range, (row) => (row % 7 === 0 ? 1 : 0)),
      },
      { kind: 'numbers', values: Float64Array.from(range, (row) => row / 3) },
      { kind: 'cells', values: range.map((row) => `${row % 2 === 0 ? '-' : ''}${row}.05`) },
      { kind: 'codes', codes: Uint8Array.from(range, (row) => row % 3), values: ['東京', '京都', 'Ōsaka'] },
      { kind: 'codes', codes: Uint8Array.from(range, (row) => row % 2), values: [false, true] },
      { kind: 'codes', codes: Uint8Array.from(range, (row) => row % 2), values: ['2024-02-29', null] },
    ],
  },
}

async function packaged(options: { rowsPerPart?: number; source?: TableSource } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'tanemaki-package-'))
  const task = { source, columns, folder, prefix: 'cities', rowsPerPart: 1000, chunk: 16_384, ...options }
  return { folder, ...(await runPackage(task, () => {})) }
}

describe('packaging', () => {
  it('writes parts of the asked size that hold the rows in order, as declared', async () => {
    const { folder, parts } = await packaged()
    expect(parts.map((part) => [part.name, part.records])).toEqual([
      ['cities-0001.parquet', 1000],
      ['cities-0002.parquet', 1000],
      ['cities-0003.parquet', 500],
    ])
    const file = await asyncBufferFromFile(join(folder, 'cities-0001.parquet'))
    const objects = await parquetReadObjects({ file, compressors })
    expect(objects.slice(0, 2)).toEqual([
      { id: 2n ** 60n, age: null, share: 0, price: -0.05, city: '東京', member: false, since: new Date('2024-02-29') },
      { id: 1n, age: 1, share: 1 / 3, price: 1.05, city: '京都', member: true, since: null },
    ])
  })

  it('gives the digest and the chunk tree of exactly the file that lies there', async () => {
    const { folder, parts } = await packaged({ rowsPerPart: 10_000 })
    const [part] = parts
    if (part === undefined) throw new Error('no part')
    const bytes = await readFile(join(folder, part.name))
    expect(part.size).toBe(bytes.length)
    expect(part.sha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    const tree = ChunkTree.parse({ alg: 'rfc6962-sha256', chunk: part.chunk, leaves: part.leaves, root: part.root })
    const checked = checkLeafList(await readFile(join(folder, `${part.name}.leaves`)), { size: part.size, tree })
    if (!checked.ok) throw new Error(checked.fault)
    expect(isChunk(bytes.subarray(0, 16_384), { leaves: checked.leaves, index: 0 })).toBe(true)
  })

  it('gives the same bytes for the same rows, in a worker thread or not, from columns or from a file', async () => {
    const first = await packaged()
    const folder = await mkdtemp(join(tmpdir(), 'tanemaki-package-'))
    const task = { source, columns, folder, prefix: 'cities', rowsPerPart: 1000, chunk: 16_384 }
    expect(await threadWorkers.run('package', task)).toEqual({ parts: first.parts })
    const csv = join(folder, 'rows.csv')
    const line = (row: number) =>
      [
        row === 0 ? 2n ** 60n : row,
        row % 7 === 0 ? '' : row,
        row / 3,
        `${row % 2 === 0 ? '-' : ''}${row}.05`,
        ['東京', '京都', 'Ōsaka'][row % 3],
        row % 2 === 1,
        row % 2 === 0 ? '2024-02-29' : '',
      ].join(',')
    await writeFile(csv, `${columns.map((column) => column.name).join(',')}\n${range.map(line).join('\n')}\n`)
    const fromFile = await packaged({ source: { kind: 'file', path: csv, format: 'csv' } })
    expect(fromFile.parts).toEqual(first.parts)
  })

  it('refuses a table that does not fit, across the thread', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tanemaki-package-'))
    const csv = join(folder, 'rows.csv')
    await writeFile(csv, 'id\n1\n')
    const task = {
      source: { kind: 'file', path: csv, format: 'csv' },
      columns,
      folder,
      prefix: 'x',
      rowsPerPart: 10,
      chunk: 16_384,
    }
    await expect(threadWorkers.run('package', task)).rejects.toMatchObject({ refusal: { code: 'table-invalid' } })
  })
})
