import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SchemaElement } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { Refused } from '../../../protocol/refusal.ts'
import { TableColumn } from '../../../schemas/datasets.ts'
import type { Cell, TableFormat } from '../../ports/tables.ts'
import { readTable, type ReadTableOptions } from './read-table.ts'

const columns = [
  { name: 'age', type: 'int32' },
  { name: 'city', type: 'string' },
  { name: 'share', type: 'decimal', scale: 2, nullable: true },
].map((column) => TableColumn.parse(column))

async function file(content: string | Uint8Array, name = 'table.csv'): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'tanemaki-table-')), name)
  await writeFile(path, content)
  return path
}

async function rowsOf(path: string, format: TableFormat = 'csv', options: Partial<ReadTableOptions> = {}) {
  const rows: Cell[][] = []
  for await (const batch of readTable({ kind: 'file', path, format }, { columns, ...options })) {
    for (let row = 0; row < batch.rows; row += 1) {
      rows.push(batch.columns.map((column) => (column.kind === 'cells' ? (column.values[row] ?? null) : null)))
    }
  }
  return rows
}

async function refusalOf(
  content: string | Uint8Array,
  format: TableFormat = 'csv',
  options: Partial<ReadTableOptions> = {},
) {
  try {
    await rowsOf(await file(content), format, options)
  } catch (error) {
    if (error instanceof Refused) return error.refusal
    throw error
  }
  throw new Error('the table was read')
}

const shiftJis = Buffer.from('616765,63697479,73686172650a31,938c8b9e,310a'.replaceAll(',', '2c'), 'hex')

describe('a CSV table', () => {
  it('is read as its schema declares, by column name', async () => {
    const rows = await rowsOf(await file('city,share,age\n"Kyōto, ""old""",1.5,7\r\n,,8\n'))
    expect(rows).toEqual([
      [7, 'Kyōto, "old"', '1.50'],
      [8, '', null],
    ])
  })

  it('may begin with a byte order mark', async () => {
    expect(await rowsOf(await file('\uFEFFage,city,share\n1,a,\n'))).toEqual([[1, 'a', null]])
  })

  it('names ragged rows by their line and keeps nothing', async () => {
    const refusal = await refusalOf('age,city,share\n1,"a\nb",2\n2,b\n3,c,1,canary-value\n')
    expect(refusal.code).toBe('table-invalid')
    expect(refusal.errors).toEqual([
      { path: 'line 4', message: 'has 2 cells where the header has 3' },
      { path: 'line 5', message: 'has 4 cells where the header has 3' },
    ])
  })

  it('names wrong types by line and column without repeating the cell', async () => {
    const refusal = await refusalOf('age,city,share\n1,a,1\ncanary-7f3,b,2\n2147483648,b,2.005\n,b,\n')
    expect(refusal.errors).toEqual([
      { path: 'line 3, column "age"', message: 'is not a 32-bit integer' },
      { path: 'line 4, column "age"', message: 'is not a 32-bit integer' },
      { path: 'line 4, column "share"', message: 'has more than 2 digits after the point' },
      { path: 'line 5, column "age"', message: 'is empty' },
    ])
    expect(JSON.stringify(refusal)).not.toContain('canary')
  })

  it('stops after twenty places', async () => {
    const refusal = await refusalOf(`age,city,share\n${'x,a,1\n'.repeat(50)}`)
    expect(refusal.errors).toHaveLength(20)
  })

  it('is said to be Shift_JIS when it is, with the line', async () => {
    const refusal = await refusalOf(shiftJis)
    expect(refusal.detail).toBe('the file is not UTF-8 from line 2 on; it looks like Shift_JIS')
    expect(refusal.hint).toContain('iconv -f CP932')
  })

  it('is refused without rows, without anything, and with an unclosed quote', async () => {
    expect((await refusalOf('age,city,share\n')).detail).toBe('the table has no rows')
    expect((await refusalOf('')).detail).toBe('the file is empty')
    expect((await refusalOf('age,city,share\n1,"a,2\n')).errors).toEqual([
      { path: 'line 2', message: 'a quoted cell that starts here is never closed' },
    ])
  })

  it('may have one column, and names the delimiter that a single header seems to use', async () => {
    const one = { columns: [TableColumn.parse({ name: 'age', type: 'int64' })] }
    expect(await rowsOf(await file('age\n1\n2\n'), 'csv', one)).toEqual([[1], [2]])
    expect((await refusalOf('age;city;share\n1;a;2\n')).detail).toContain('separated by ";"')
    expect(await rowsOf(await file('age;city;share\n1;a;2\n'), 'csv', { delimiter: ';' })).toHaveLength(1)
  })

  it('is refused when columns are missing, unknown or named twice, without repeating unknown names', async () => {
    const refusal = await refusalOf('age,canary,city\n1,2,3\n')
    expect(refusal.errors).toEqual([
      { path: 'column "share"', message: 'is in the schema but not in the file' },
      { path: 'column 2', message: 'is in the file but not in the schema' },
    ])
    expect((await refusalOf('age,age\n1,2\n')).errors?.[0]?.path).toBe('line 1, column 2')
    expect(await rowsOf(await file('age,more,city,share\n1,2,3,4\n'), 'csv', { others: 'ignore' })).toEqual([
      [1, '3', '4.00'],
    ])
  })
})

describe('a JSON Lines table', () => {
  it('is read like a CSV table, absent members as null', async () => {
    const path = await file('{"age":1,"city":"a","share":0.5}\n\n{"city":"b","age":2}\n')
    expect(await rowsOf(path, 'jsonl')).toEqual([
      [1, 'a', '0.50'],
      [2, 'b', null],
    ])
  })

  it('names lines that are no objects, nested or unknown members', async () => {
    const refusal = await refusalOf(
      '{"age":1,"city":["canary"]}\n[1]\n{"age":1,"city":"a","canary":1}\nnot json\n',
      'jsonl',
    )
    expect(refusal.errors?.map((place) => place.path)).toEqual([
      'line 1, column "city"',
      'line 2',
      'line 3, member 3',
      'line 4',
    ])
    expect(JSON.stringify(refusal)).not.toContain('canary')
  })
})

describe('a Parquet table', () => {
  it('is read with its own types checked against the schema', async () => {
    const buffer = parquetWriteBuffer({
      columnData: [
        { name: 'age', data: [1, 2], type: 'INT32' },
        { name: 'city', data: ['a', 'b'], type: 'STRING' },
        { name: 'share', data: [1.25, null], type: 'DOUBLE' },
      ],
    })
    expect(await rowsOf(await file(new Uint8Array(buffer), 't.parquet'), 'parquet')).toEqual([
      [1, 'a', '1.25'],
      [2, 'b', null],
    ])
  })

  it('keeps the digits of its decimals, and is refused where they could not be kept', async () => {
    const decimals = (data: bigint[]) => ({
      schema: [
        { name: 'root', num_children: 3 },
        { name: 'age', type: 'INT32', repetition_type: 'REQUIRED' },
        { name: 'city', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
        {
          name: 'share',
          type: 'INT64',
          converted_type: 'DECIMAL',
          precision: 18,
          scale: 2,
          repetition_type: 'REQUIRED',
        },
      ] satisfies SchemaElement[],
      columnData: [
        { name: 'age', data: data.map(() => 1) },
        { name: 'city', data: data.map(() => 'a') },
        { name: 'share', data },
      ],
    })
    const bytes = (data: bigint[]) => new Uint8Array(parquetWriteBuffer(decimals(data)))
    const rows = await rowsOf(await file(bytes([35n, 488637n, -1n, 0n]), 't.parquet'), 'parquet')
    expect(rows.map((row) => row[2])).toEqual(['0.35', '4886.37', '-0.01', '0.00'])
    expect((await refusalOf(bytes([10n ** 17n + 1n]), 'parquet')).detail).toContain('decimal')
  })

  it('is refused when it is none', async () => {
    expect((await refusalOf('age,city,share\n1,a,2\n', 'parquet')).detail).toBe('the file is not Parquet')
  })
})
