import { CsvError, parse } from 'csv-parse'
import { Readable } from 'node:stream'
import type { RecordBatch, Records } from '../../ports/records.ts'
import { invalidTable, Places } from './invalid-table.ts'
import { LineBatches } from './line-batches.ts'
import type { RawTableOptions } from './raw-table.ts'
import type { TableFile } from './table-file.ts'
import { utf8Text } from './text-lines.ts'

interface CsvRecord {
  readonly line: number
  readonly cells: string[]
}

/** CSV of RFC 4180 with a header line. Every record must have as many cells as the header. */
export async function openCsv(file: TableFile, options: RawTableOptions): Promise<Records> {
  const [first] = await takeOne(records(file, options))
  if (first === undefined) throw invalidTable('the file is empty', 'A CSV file has a header line and at least one row.')
  const header = first.cells
  checkHeader(header, options.delimiter ?? ',')
  return { header, batches: () => batches(records(file, options), header) }
}

async function takeOne<Item>(items: AsyncGenerator<Item>): Promise<Item[]> {
  for await (const item of items) return [item]
  return []
}

function checkHeader(header: readonly string[], delimiter: string): void {
  const seen = new Set<string>()
  for (const [index, name] of header.entries()) {
    const place = [
      {
        path: `line 1, column ${index + 1}`,
        message: name === '' ? 'has no name' : 'has the name of an earlier column',
      },
    ]
    if (name === '' || seen.has(name)) {
      throw invalidTable(
        'the header does not name every column once',
        'Give each column its own name in line 1.',
        place,
      )
    }
    seen.add(name)
  }
  const [only] = header
  const other = [';', '\t', '|', ','].find((each) => each !== delimiter && only?.includes(each) === true)
  if (header.length === 1 && other !== undefined) {
    const name = other === '\t' ? 'tabs' : `"${other}"`
    throw invalidTable(
      `the header is one column; the file seems to be separated by ${name}`,
      'Say so with --delimiter.',
    )
  }
}

async function* batches(source: AsyncGenerator<CsvRecord>, header: readonly string[]): AsyncGenerator<RecordBatch> {
  const places = new Places()
  const gathered = new LineBatches()
  let skipped = false
  for await (const { line, cells } of source) {
    if (!skipped) {
      skipped = true
      continue
    }
    if (cells.length !== header.length) {
      places.add(`line ${line}`, `has ${cells.length} cells where the header has ${header.length}`)
      continue
    }
    const batch = gathered.add(line, cells)
    if (batch !== undefined) yield batch
  }
  places.check()
  const last = gathered.rest()
  if (last !== undefined) yield last
}

async function* records(
  file: TableFile,
  { delimiter = ',', trim = false }: RawTableOptions,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    trim,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ['\r\n', '\n'],
    max_record_size: 1 << 24,
  })
  const source = Readable.from(utf8Text(file))
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  let end = 0
  try {
    for await (const item of parser) {
      const { record, info } = item as { record: string[]; info: { lines: number } }
      yield { line: Math.min(end + 1, info.lines), cells: record }
      end = info.lines
    }
  } catch (error) {
    throw error instanceof CsvError ? malformed(error, end + 1) : error
  } finally {
    source.destroy()
    parser.destroy()
  }
}

/** The parser's own messages repeat cells; these do not. */
function malformed(error: CsvError, line: number) {
  const messages: Partial<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quoted cell that starts here is never closed',
    CSV_INVALID_CLOSING_QUOTE: 'a quoted cell goes on after its closing quote',
    INVALID_OPENING_QUOTE: 'a quote stands inside a cell that is not quoted',
    CSV_MAX_RECORD_SIZE: 'a record is longer than 16 MiB',
  }
  const place = { path: `line ${line}`, message: messages[error.code] ?? 'is not CSV' }
  return invalidTable(
    'the file is not well-formed CSV',
    'Quote cells that hold quotes, and double the quotes inside.',
    [place],
  )
}
