import { columnOf, type Table } from '../generation/table.ts'

/** Names of columns, in the order in which rows are compared. */
type Names = readonly string[]

function values(table: Table, names: Names): readonly Float64Array[] {
  return names.map((name) => columnOf(table, name))
}

const nullMark = 0x7ff80001

/** 32-bit hash of every row: equal rows have equal hashes; empty values are equal to each other. */
function rowHashes(columns: readonly Float64Array[], rows: number): Int32Array {
  const hashes = new Int32Array(rows).fill(-2128831035)
  const pair = new Float64Array(1)
  const words = new Int32Array(pair.buffer)
  for (const column of columns) {
    for (let row = 0; row < rows; row += 1) {
      const value = column[row] ?? Number.NaN
      pair[0] = value + 0
      let hash = hashes[row] ?? 0
      if (Number.isNaN(value)) hash = Math.imul(hash ^ nullMark, 0x01000193)
      else hash = Math.imul(Math.imul(hash ^ (words[0] ?? 0), 0x01000193) ^ (words[1] ?? 0), 0x85ebca6b)
      hashes[row] = hash ^ (hash >>> 15)
    }
  }
  return hashes
}

function sameRow(a: readonly Float64Array[], b: readonly Float64Array[], rows: readonly [number, number]): boolean {
  return a.every((column, at) => {
    const left = column[rows[0]] ?? Number.NaN
    const right = b[at]?.[rows[1]] ?? Number.NaN
    return left === right || (Number.isNaN(left) && Number.isNaN(right))
  })
}

/**
 * For each row of `probe` a row of `table` that is equal to it in these columns, the same one for equal rows, or -1. Values of a Table are canonical already
 * (category index, number at declared precision, day, one empty value), so equality of rows is equality of numbers;
 * hashes only find candidates, every match is compared.
 */
export function matchRows(probe: Table, table: Table, names: Names): Int32Array {
  const columns = values(table, names)
  const hashes = rowHashes(columns, table.rows)
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, table.rows * 2)))
  const slots = new Int32Array(size).fill(-1)
  const next = new Int32Array(table.rows).fill(-1)
  for (let row = 0; row < table.rows; row += 1) {
    const slot = (hashes[row] ?? 0) & (size - 1)
    next[row] = slots[slot] ?? -1
    slots[slot] = row
  }
  const probed = values(probe, names)
  const found = new Int32Array(probe.rows).fill(-1)
  for (const [row, hash] of rowHashes(probed, probe.rows).entries()) {
    for (let at = slots[hash & (size - 1)] ?? -1; at >= 0; at = next[at] ?? -1) {
      if (hashes[at] !== hash || !sameRow(probed, columns, [row, at])) continue
      found[row] = at
      break
    }
  }
  return found
}
