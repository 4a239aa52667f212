import type { RecordBatch } from '../../ports/records.ts'
import type { Cell } from '../../ports/tables.ts'

/** Rows in one batch of a text format; Parquet gives its row groups. */
const BATCH_ROWS = 8192

/** Rows of a text file, gathered into batches that know the line of each. */
export class LineBatches {
  #rows: Cell[][] = []
  #lines: number[] = []

  /** Undefined until a batch is complete. */
  add(line: number, cells: Cell[]): RecordBatch | undefined {
    this.#rows.push(cells)
    this.#lines.push(line)
    return this.#rows.length === BATCH_ROWS ? this.rest() : undefined
  }

  /** What has been added since the last batch. */
  rest(): RecordBatch | undefined {
    const [rows, lines] = [this.#rows, this.#lines]
    if (rows.length === 0) return undefined
    this.#rows = []
    this.#lines = []
    return { rows, place: (index) => `line ${lines[index] ?? 0}` }
  }
}
