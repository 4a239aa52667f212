import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { Refused } from '../../../../protocol/refusal.ts'
import { ChunkSize, TableColumn } from '../../../../schemas/datasets.ts'
import type { Cell, PackagedFile, PackageResult, PackageTask, TableBatch, TableSource } from '../../../ports/tables.ts'
import { hashFile, syncFile, writeSynced } from '../../tabular/hash-file.ts'
import {
  cellsOf,
  createParquetPart,
  type ParquetPart,
  ROW_GROUP_ROWS,
  ROW_GROUP_TEXT,
} from '../../tabular/parquet-parts.ts'
import { readTable } from '../../tabular/read-table.ts'

const Input = z.object({
  source: z.custom<TableSource>((value) => typeof value === 'object' && value !== null && 'kind' in value),
  columns: z.array(TableColumn),
  folder: z.string(),
  prefix: z.string(),
  rowsPerPart: z.int().positive(),
  chunk: ChunkSize,
  read: z.object({ delimiter: z.string().length(1).optional() }).optional(),
}) satisfies z.ZodType<PackageTask>

/** Worker task `package`: rows of any source → Parquet parts with their digests and leaf lists. Progress: rows taken. */
export async function runPackage(input: unknown, onProgress: (progress: unknown) => void): Promise<PackageResult> {
  const task = Input.parse(input)
  mkdirSync(task.folder, { recursive: true })
  const parts = new Parts(task)
  const delimiter = task.read?.delimiter
  const options = { columns: task.columns, ...(delimiter === undefined ? {} : { delimiter }) }
  try {
    for await (const batch of readTable(task.source, options)) {
      parts.add(batch)
      onProgress({ rows: parts.rows })
    }
    return { parts: parts.finish() }
  } catch (error) {
    throw explained(error)
  }
}

/** Gathers rows into row groups and row groups into parts. */
class Parts {
  rows = 0
  /** Characters of text held: wide rows fill a row group before it has its number of rows. */
  #text = 0
  readonly #task: PackageTask
  readonly #done: PackagedFile[] = []
  #cells: Cell[][]
  #part: { readonly path: string; readonly name: string; readonly file: ParquetPart; rows: number } | undefined

  constructor(task: PackageTask) {
    this.#task = task
    this.#cells = task.columns.map(() => [])
  }

  add(batch: TableBatch): void {
    for (let start = 0; start < batch.rows;) {
      const end = Math.min(batch.rows, start + this.#room())
      for (const [index, column] of batch.columns.entries()) this.#take(index, cellsOf(column, start, end))
      this.rows += end - start
      start = end
      if (this.#room() === 0 || this.#text > ROW_GROUP_TEXT) this.#flush()
    }
  }

  finish(): PackagedFile[] {
    if (this.#held() > 0) this.#flush()
    this.#closePart()
    return this.#done
  }

  #take(index: number, cells: readonly Cell[]): void {
    for (const cell of cells) {
      this.#cells[index]?.push(cell)
      if (typeof cell === 'string') this.#text += cell.length
    }
  }

  #held(): number {
    return this.#cells[0]?.length ?? 0
  }

  /** Rows that still fit into the row group and the part. */
  #room(): number {
    const held = this.#held()
    return Math.min(ROW_GROUP_ROWS - held, this.#task.rowsPerPart - (this.#part?.rows ?? 0) - held)
  }

  #flush(): void {
    this.#part ??= this.#openPart()
    this.#part.file.write(this.#cells)
    this.#part.rows += this.#held()
    this.#cells = this.#task.columns.map(() => [])
    this.#text = 0
    if (this.#part.rows === this.#task.rowsPerPart) this.#closePart()
  }

  #openPart() {
    const name = `${this.#task.prefix}-${String(this.#done.length + 1).padStart(4, '0')}.parquet`
    const path = join(this.#task.folder, name)
    return { name, path, file: createParquetPart(path, this.#task.columns), rows: 0 }
  }

  #closePart(): void {
    const part = this.#part
    if (part === undefined) return
    part.file.finish()
    syncFile(part.path)
    const { size, sha256 = '', tree, leaves } = hashFile(part.path, { chunk: this.#task.chunk, flat: true })
    writeSynced(`${part.path}.leaves`, leaves)
    const digests = { sha256, chunk: tree.chunk, leaves: tree.leaves, root: tree.root }
    this.#done.push({ name: part.name, size, records: part.rows, ...digests })
    this.#part = undefined
  }
}

function explained(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) return error
  const detail = 'the disk of the node is full; the dataset was not made'
  const hint = 'Free space in the data folder and start again.'
  return new Refused({ code: 'disk-full', detail, hint }, { cause: error })
}
