import { type SeededStream, shuffle } from './seeded-stream.ts'
import type { ModelColumn, TreeModel } from './tree-model.ts'

/**
 * Splits `size` rows over weights: whole parts first, then the remainder without replacement with the fractional parts
 * as weights, so that counts vary less than independent draws would.
 */
export function roundShares(weights: ArrayLike<number>, size: number, stream: SeededStream): Int32Array {
  const sum = Array.from(weights).reduce((total, weight) => total + weight, 0)
  const counts = new Int32Array(weights.length)
  const fractions = new Float64Array(weights.length)
  let left = size
  for (let at = 0; at < counts.length; at += 1) {
    const exact = sum > 0 ? ((weights[at] ?? 0) * size) / sum : size / counts.length
    counts[at] = Math.floor(exact)
    fractions[at] = exact - Math.floor(exact)
    left -= Math.floor(exact)
  }
  for (; left > 0; left -= 1) {
    const at = drawIndex(fractions, stream)
    counts[at] = (counts[at] ?? 0) + 1
    fractions[at] = 0
  }
  return counts
}

/** Index drawn with these weights; uniform when all are zero. */
function drawIndex(weights: Float64Array, stream: SeededStream): number {
  const mass = weights.reduce((total, weight) => total + weight, 0)
  if (mass <= 0) return stream.below(weights.length)
  let target = stream.unit() * mass
  let last = 0
  for (const [at, weight] of weights.entries()) {
    if (weight === 0) continue
    last = at
    if (target < weight) break
    target -= weight
  }
  return last
}

/** Rows by the value they hold in `keys`, as one array of row numbers with the start of each bucket. */
function bucketRows(keys: Uint16Array, buckets: number): { rows: Int32Array; starts: Int32Array } {
  const starts = new Int32Array(buckets + 1)
  for (const key of keys) starts[key + 1] = (starts[key + 1] ?? 0) + 1
  for (let at = 0; at < buckets; at += 1) starts[at + 1] = (starts[at + 1] ?? 0) + (starts[at] ?? 0)
  const next = starts.slice()
  const rows = new Int32Array(keys.length)
  for (let row = 0; row < keys.length; row += 1) {
    const key = keys[row] ?? 0
    const at = next[key] ?? 0
    rows[at] = row
    next[key] = at + 1
  }
  return { rows, starts }
}

/** For each bucket of rows, gives out the values of its weights in random order. */
function assign(keys: Uint16Array, weightsOf: readonly ArrayLike<number>[], stream: SeededStream): Uint16Array {
  const { rows, starts } = bucketRows(keys, weightsOf.length)
  const out = new Uint16Array(keys.length)
  for (const [bucket, weights] of weightsOf.entries()) {
    const members = rows.subarray(starts[bucket] ?? 0, starts[bucket + 1] ?? 0)
    if (members.length === 0) continue
    shuffle(members, stream)
    let at = 0
    for (const [value, count] of roundShares(weights, members.length, stream).entries()) {
      for (let left = count; left > 0; left -= 1) {
        out[members[at] ?? 0] = value
        at += 1
      }
    }
  }
  return out
}

function cellsOfGroups(column: ModelColumn): { cells: Int32Array; weights: Float64Array }[] {
  const lists = Array.from({ length: column.mass.length }, () => [] as number[])
  for (const [cell, group] of column.groups.entries()) lists[group]?.push(cell)
  return lists.map((cells) => ({
    cells: Int32Array.from(cells),
    weights: Float64Array.from(cells, (cell) => column.cells[cell] ?? 0),
  }))
}

/** Cell codes of `rows` rows, column by column in the model's order; a pure function of its arguments. */
export function sampleCodes(model: TreeModel, rows: number, stream: SeededStream): Uint16Array[] {
  const groups: Uint16Array[] = []
  return model.order.map((column) => {
    const width = column.mass.length
    const parent = column.parent
    const drawn =
      parent === undefined
        ? assign(new Uint16Array(rows), [column.mass], stream)
        : assign(
            groups[parent.at] ?? new Uint16Array(rows),
            Array.from({ length: parent.table.length / width }, (_, group) =>
              parent.table.subarray(group * width, (group + 1) * width),
            ),
            stream,
          )
    groups.push(drawn)
    const inside = cellsOfGroups(column)
    const choice = assign(
      drawn,
      inside.map(({ weights }) => weights),
      stream,
    )
    // plain loops from here on: mapping typed arrays costs ten times as much per row
    for (let row = 0; row < rows; row += 1) choice[row] = inside[drawn[row] ?? 0]?.cells[choice[row] ?? 0] ?? 0
    return choice
  })
}
