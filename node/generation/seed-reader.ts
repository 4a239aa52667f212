import { isModelled, readCell } from '../../protocol/generation/cells.ts'
import type { SeedSide } from '../../protocol/generation/control-split.ts'
import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { GenerationDeps } from './dependencies.ts'
import type { SeedReader, SeedSideTable } from './operations.ts'
import { readTexts } from './seed-texts.ts'

export function createSeedReader(deps: Pick<GenerationDeps, 'store' | 'files'>): SeedReader {
  const existing = (seedSet: SeedSet) => {
    if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
  }
  return {
    seedSet: (reference) => deps.store.seedSet(reference),
    schema: async (seedSet) => {
      existing(seedSet)
      return (await deps.files.details(seedSet)).schema
    },
    side: async (seedSet, side) => {
      existing(seedSet)
      return readSide(deps, seedSet, side)
    },
    texts: async (seedSet, side) => {
      existing(seedSet)
      return readTexts(deps, seedSet, side)
    },
  }
}

/** One side of a seed set as numbers in memory. */
export async function readSide(
  deps: Pick<GenerationDeps, 'files'>,
  seedSet: SeedSet,
  side: SeedSide,
): Promise<SeedSideTable> {
  const { schema, [side]: counts } = await deps.files.details(seedSet)
  const modelled = schema.columns.flatMap((column, at) =>
    isModelled(column) ? [{ column, at, values: new Float64Array(counts.rows) }] : [],
  )
  const unitAt = schema.columns.findIndex((column) => column.name === schema.unit)
  const units = new Int32Array(schema.unit === 'row' ? 0 : counts.rows)
  const numbers = new Map<string, number>()
  let row = 0
  for await (const batch of deps.files.rows(seedSet, side)) {
    for (const cells of batch) {
      for (const { column, at, values } of modelled) values[row] = numberOf(column, cells[at] ?? null)
      if (schema.unit !== 'row') units[row] = dense(numbers, cells[unitAt] ?? '')
      row += 1
    }
  }
  const columns = modelled.map(({ column, values }) => ({ name: column.name, values }))
  const table = { rows: counts.rows, columns }
  return schema.unit === 'row' ? { schema, table } : { schema, table, units }
}

function numberOf(column: ModelledColumn, text: string | null): number {
  const value = readCell(column, text ?? '')
  if (typeof value === 'string') throw new TypeError(`a stored cell of column "${column.name}" ${value}`)
  return value
}

function dense(numbers: Map<string, number>, unit: string): number {
  const known = numbers.get(unit)
  if (known !== undefined) return known
  numbers.set(unit, numbers.size)
  return numbers.size - 1
}
