import { fromHex, sha256Hex, toHex } from '../../../protocol/canonical/hash.ts'
import { canonicalBytes } from '../../../protocol/canonical/jcs.ts'
import { CENSUS_ATTRIBUTION } from '../../../protocol/generation/personas/census-2020.ts'
import { describePopulation } from '../../../protocol/generation/personas/describe-population.ts'
import { personaRecord } from '../../../protocol/generation/personas/persona-record.ts'
import {
  fitPopulation,
  type Population,
  samplePersonas,
  tallyPopulation,
} from '../../../protocol/generation/personas/population.ts'
import { type PopulationTable, readPopulationTable } from '../../../protocol/generation/personas/population-table.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { PersonaOrigin, PersonaPack, PersonaSample, PopulationTableFile } from '../../../schemas/personas.ts'
import type { FollowPersonas, PersonaDeps } from './personas.ts'

const BATCH = 4096
const NAMES_ATTRIBUTION = 'name lists of @faker-js/faker 10.6.0, MIT'

/** Draws personas from the official tables and further ones, and keeps them as a pack that says what it assumes. */
export async function samplePack(
  deps: PersonaDeps,
  request: PersonaSample,
  follow: FollowPersonas,
): Promise<PersonaPack> {
  const tables = await Promise.all(request.tables.map((file) => readTable(deps, file)))
  const names = new Set(tables.map(({ name }) => name))
  if (names.size < tables.length) refuse('invalid-request', 'two tables have one name', 'Give each its own name.')
  const population = fitPopulation(tables, { never: request.never, tolerance: request.tolerance })
  const seed = request.seed ?? toHex(deps.random.bytes(32))
  const { distances } = countPersonas(population, fromHex(seed), request.count)
  const draft = {
    name: request.name,
    ...saidBy(population),
    description: describePopulation(population),
    textField: 'persona',
    origin: { kind: 'sampled', tables: population.tables.map(originOf), seed, distances } satisfies PersonaOrigin,
  }
  return deps.make(draft, async (writer) => {
    for (let from = 0; from < request.count; from += BATCH) {
      follow.signal?.throwIfAborted()
      const batch = samplePersonas(population, fromHex(seed), { from, count: Math.min(BATCH, request.count - from) })
      const { language } = request
      await writer.add(
        Array.from({ length: batch.count }, (_, at) => personaRecord(population, batch, { at, language })),
      )
      follow.onProgress?.({ phase: 'sample', done: from + batch.count, total: request.count })
    }
  })
}

/** How far the first `count` personas are from the tables: counted over before any is written, which takes a second a million. */
function countPersonas(population: Population, seed: Uint8Array, count: number) {
  const tally = tallyPopulation(population)
  for (let from = 0; from < count; from += 65_536) {
    tally.add(samplePersonas(population, seed, { from, count: Math.min(65_536, count - from) }))
  }
  return { distances: tally.distances() }
}

async function readTable({ records }: PersonaDeps, { header, csv }: PopulationTableFile): Promise<PopulationTable> {
  const bytes = new TextEncoder().encode(csv)
  const source = { size: bytes.length, slice: (start: number, end: number) => Promise.resolve(bytes.slice(start, end)) }
  const table = await records.open(source, 'csv', { trim: true })
  const rows: string[][] = []
  for await (const batch of table.batches())
    for (const cells of batch.rows) rows.push(cells.map((cell) => String(cell ?? '')))
  return readPopulationTable(header, table.header, rows)
}

function originOf({ name, kind, dimensions, counts }: PopulationTable) {
  const said = dimensions.map((dimension) =>
    'bands' in dimension
      ? { ...dimension, bands: dimension.bands.map(({ from, to }) => ({ from, to: Number.isFinite(to) ? to : null })) }
      : dimension,
  )
  const cells = [...counts].map((count) => (Number.isNaN(count) ? null : count))
  return { name, kind, sha256: sha256Hex(canonicalBytes({ dimensions: said, counts: cells })) }
}

/** One licence must hold for all: where tables differ, each is named. */
function saidBy({ tables }: Population): Pick<PersonaPack, 'source' | 'licence' | 'attribution'> {
  const all = (values: readonly string[]) => [...new Set(values)].join('; ').slice(0, 1000)
  const attributions = tables.map(({ attribution, source, licence }) => attribution ?? `${source}, ${licence}`)
  return {
    source: all(tables.map(({ source }) => source)),
    licence: all(tables.map(({ licence }) => licence)).slice(0, 200),
    attribution: all([CENSUS_ATTRIBUTION, ...attributions, NAMES_ATTRIBUTION]),
  }
}
