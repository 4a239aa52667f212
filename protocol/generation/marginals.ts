/** Rows per cell of one column. */
export function countOneWay(codes: Uint16Array, cells: number): Int32Array {
  const counts = new Int32Array(cells)
  for (let row = 0; row < codes.length; row += 1) {
    const cell = codes[row] ?? 0
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return counts
}

/** Codes of a column with the number of distinct codes it may hold. */
export interface CodedColumn {
  readonly codes: Uint16Array
  readonly cells: number
}

/** Rows per pair of cells, row-major: a's cells by b's. */
export function countTwoWay(a: CodedColumn, b: CodedColumn): Int32Array {
  const counts = new Int32Array(a.cells * b.cells)
  const { codes } = a
  const other = b.codes
  const width = b.cells
  for (let row = 0; row < codes.length; row += 1) {
    const cell = (codes[row] ?? 0) * width + (other[row] ?? 0)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return counts
}

/** Replaces each cell by its group. */
export function regroup(codes: Uint16Array, groups: readonly number[]): Uint16Array {
  const table = Uint16Array.from(groups)
  const out = new Uint16Array(codes.length)
  for (let row = 0; row < codes.length; row += 1) out[row] = table[codes[row] ?? 0] ?? 0
  return out
}

/** Sums of a value per cell over the cells of each group. */
export function sumGroups(values: ArrayLike<number>, groups: readonly number[]): Float64Array {
  const sums = new Float64Array(groupCount(groups))
  for (let cell = 0; cell < groups.length; cell += 1) {
    const group = groups[cell] ?? 0
    sums[group] = (sums[group] ?? 0) + (values[cell] ?? 0)
  }
  return sums
}

export function groupCount(groups: readonly number[]): number {
  return groups.reduce((most, group) => Math.max(most, group + 1), 0)
}

/** Sums over rows and over columns of a row-major table. */
export function tableSums(table: ArrayLike<number>, width: number): { rows: Float64Array; columns: Float64Array } {
  const rows = new Float64Array(table.length / width)
  const columns = new Float64Array(width)
  for (let row = 0; row < rows.length; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const value = table[row * width + column] ?? 0
      rows[row] = (rows[row] ?? 0) + value
      columns[column] = (columns[column] ?? 0) + value
    }
  }
  return { rows, columns }
}
