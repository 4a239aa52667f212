import type { SeedColumn, SeedSchema } from '../../schemas/seed-schema.ts'
import { closest } from '../../protocol/closest.ts'
import { isModelled, readCell } from '../../protocol/generation/cells.ts'
import type { SeedRow } from '../../protocol/generation/seed-commitment.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { Cell } from '../ports/tables.ts'

interface Place {
  readonly path: string
  readonly message: string
}

const MOST_PLACES = 20

/** Collects what is wrong with a file until it is enough for a person to act on. */
export class SeedFaults {
  readonly #places: Place[] = []

  /** Throws Refused `table-invalid` when the list is full. */
  add(path: string, message: string): void {
    this.#places.push({ path, message })
    if (this.#places.length >= MOST_PLACES) this.#refuse('or more ')
  }

  /** Throws Refused `table-invalid` when anything was added. */
  check(): void {
    if (this.#places.length > 0) this.#refuse('')
  }

  #refuse(orMore: string): never {
    throw new Refused({
      code: 'table-invalid',
      detail: `the seeds do not fit their schema at ${this.#places.length} ${orMore}places; nothing was imported`,
      hint: 'Correct the file or the schema at the listed places and import again.',
      errors: this.#places,
    })
  }
}

/** Where each schema column is in the file, and which columns of the file are left out. */
export interface SeedLayout {
  readonly positions: readonly number[]
  readonly ignored: readonly string[]
}

/** Throws Refused `table-invalid` when the file lacks a column of the schema. */
export function layoutOf(header: readonly string[], schema: SeedSchema): SeedLayout {
  const faults = new SeedFaults()
  const names = header.map((name) => name.trim())
  const declared = new Set(schema.columns.map((column) => column.name))
  const positions = schema.columns.map((column) => {
    const position = names.indexOf(column.name)
    if (position < 0) {
      const near = closest(
        column.name,
        names.filter((name) => !declared.has(name)),
      )
      faults.add(
        `column "${column.name}"`,
        near === undefined ? 'is not in the file' : `is not in the file; it has "${near}"`,
      )
    }
    return position
  })
  faults.check()
  return { positions, ignored: names.filter((name) => !declared.has(name)) }
}

/** A file row as the seed set keeps it: texts in schema order without surrounding space, null where there is nothing. */
export function keptRow(cells: readonly Cell[], positions: readonly number[]): SeedRow {
  return positions.map((position) => {
    const cell = cells[position] ?? null
    if (cell === null) return null
    const text = String(cell).trim()
    return text === '' ? null : text
  })
}

/** Adds a fault for every cell that is no value of its column; the value itself is never repeated. */
export function checkRow(row: SeedRow, { columns, place, faults }: RowCheck): void {
  for (const [at, column] of columns.entries()) {
    const fault = cellFault(column, row[at] ?? null)
    if (fault !== undefined) faults.add(`${place}, column "${column.name}"`, fault)
  }
}

export interface RowCheck {
  readonly columns: readonly SeedColumn[]
  /** Where the row is in its file. */
  readonly place: string
  readonly faults: SeedFaults
}

export function cellFault(column: SeedColumn, text: string | null): string | undefined {
  if (!isModelled(column)) return undefined
  const value = readCell(column, text ?? '')
  return typeof value === 'string' ? value : undefined
}
