/**
 * One column as numbers; null is NaN. categorical: index into `domain.categories`; boolean: 0 or 1; integer: the value;
 * decimal: the value × 10^precision, an exact integer; date: days since 1970-01-01. `readCell` and `writeCell` of
 * cells.ts translate.
 */
export interface TableColumn {
  readonly name: string
  readonly values: Float64Array
}

/** Rows as columns of equal length; its buffers may be transferred between threads. */
export interface Table {
  readonly rows: number
  readonly columns: readonly TableColumn[]
}

/** The column's values; throws RangeError when the table lacks it, because callers have checked names before. */
export function columnOf(table: Table, name: string): Float64Array {
  const column = table.columns.find((each) => each.name === name)
  if (column === undefined) throw new RangeError(`the table has no column "${name}"`)
  return column.values
}

/** The same columns with the rows at these indices, in their order. */
export function pickRows(table: Table, rows: Int32Array): Table {
  return {
    rows: rows.length,
    columns: table.columns.map(({ name, values }) => {
      const picked = new Float64Array(rows.length)
      for (let at = 0; at < rows.length; at += 1) picked[at] = values[rows[at] ?? 0] ?? Number.NaN
      return { name, values: picked }
    }),
  }
}
