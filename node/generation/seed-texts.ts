import type { SeedTexts } from '../../protocol/evaluation/published-texts.ts'
import type { SeedSide } from '../../protocol/generation/control-split.ts'
import { isModelled } from '../../protocol/generation/cells.ts'
import type { SeedColumn } from '../../schemas/seed-schema.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import type { GenerationDeps } from './dependencies.ts'

/** Characters of one side that are held in memory for an evaluation; a side with more is compared in part and says so. */
const SEED_TEXT_LIMIT = 64_000_000

type Use = 'text' | 'public' | 'identifier'

function useOf(column: SeedColumn): Use | undefined {
  if (isModelled(column)) return undefined
  if (column.type === 'identifier') return 'identifier'
  return column.public === true ? 'public' : 'text'
}

/** The texts and identifying values of one side of a seed set in memory. A public text that many rows share is held once. */
export async function readTexts(
  deps: Pick<GenerationDeps, 'files'>,
  seedSet: SeedSet,
  side: SeedSide,
): Promise<SeedTexts> {
  const { schema } = await deps.files.details(seedSet)
  const uses = schema.columns.flatMap((column, at) => {
    const use = useOf(column)
    return use === undefined ? [] : [{ use, at, identifying: column.role === 'identifying' }]
  })
  const rows: string[][] = []
  const publicTexts = new Set<string>()
  const identifiers: string[] = []
  let left = SEED_TEXT_LIMIT
  if (uses.length === 0) return { rows, publicTexts: [], identifiers, complete: true }
  for await (const batch of deps.files.rows(seedSet, side)) {
    for (const cells of batch) {
      const texts: string[] = []
      for (const { use, at, identifying } of uses) {
        const text = cells[at] ?? null
        if (text === null) continue
        if (use === 'public') publicTexts.add(text)
        else if (use === 'text') texts.push(text)
        if (use === 'identifier' || identifying) identifiers.push(text)
        left -= text.length
      }
      if (left < 0) return { rows, publicTexts: [...publicTexts], identifiers, complete: false }
      rows.push(texts)
    }
  }
  return { rows, publicTexts: [...publicTexts], identifiers, complete: true }
}
