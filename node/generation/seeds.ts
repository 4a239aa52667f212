import { isModelled } from '../../protocol/generation/cells.ts'
import { instantOf } from '../../protocol/instant.ts'
import { Refused, refuse } from '../../protocol/refusal.ts'
import type { SeedSchema } from '../../schemas/seed-schema.ts'
import type { DescribeSeeds, SeedDetails, SeedSet } from '../../schemas/seeds.ts'
import type { GenerationDeps } from './dependencies.ts'
import { describeSeedSet, findSeedSet } from './describe-seeds.ts'
import { eraseSeeds } from './erase-seeds.ts'
import { importSeeds } from './import-seeds.ts'
import type { Seeds } from './operations.ts'
import { createSealedUploads } from './sealed-upload.ts'
import { cellFault } from './seed-columns.ts'

const MOST_LISTED = 1000

export function createSeeds(deps: GenerationDeps): Seeds & { start(): Promise<void> } {
  const { store, files } = deps
  const uploads = createSealedUploads(deps)
  let lastChange: Promise<unknown> = Promise.resolve()
  const change = async (reference: string, wish: DescribeSeeds) => {
    const seedSet = await findSeedSet(deps, reference)
    if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
    const details = changedDetails(await files.details(seedSet), wish, deps.clock.now())
    if (wish.schema !== undefined) await checkStoredRows(deps, seedSet, details.schema)
    const version = seedSet.detailsVersion + 1
    await files.writeDetails(seedSet.id, version, details)
    const committed = await store.replaceDetails(seedSet.id, { from: seedSet.detailsVersion, to: version })
    if (committed === 'conflict') refuse('conflict', 'the seed set was changed meanwhile', 'Look at it and try again.')
    deps.log.info('seeds-changed', { seedSet: seedSet.id, confirmed: wish.confirm?.length ?? 0 })
    return describeSeedSet(deps, { ...seedSet, detailsVersion: version })
  }
  return {
    upload: (format, content) => uploads.add(format, content),
    import: (request, follow = {}) => importSeeds(deps, uploads, { request, follow }),
    list: async () =>
      Promise.all(
        (await store.seedSets(MOST_LISTED)).map(async (seedSet) => {
          const { id, name, state, createdAt } = seedSet
          if (state === 'erased') return { id, name, state, createdAt }
          const { schema, training, control } = await files.details(seedSet)
          return {
            id,
            name,
            state,
            createdAt,
            subject: schema.subject,
            columns: schema.columns.length,
            rows: training.rows + control.rows,
            unconfirmed: unconfirmed(schema).length,
          }
        }),
      ),
    describe: async (reference) => describeSeedSet(deps, await findSeedSet(deps, reference)),
    change: (reference, wish) => {
      const next = lastChange.then(() => change(reference, wish))
      lastChange = next.catch(() => undefined)
      return next
    },
    erase: async (reference) => eraseSeeds(deps, await findSeedSet(deps, reference)),
    start: async () => {
      await uploads.clear()
      await files.clear(async (id) => (await store.seedSet(id))?.state === 'imported')
    },
  }
}

/** Columns whose domain still counts as read from the data. */
function unconfirmed(schema: SeedSchema): string[] {
  return schema.columns
    .filter((column) => isModelled(column) && 'domain' in column && column.domain.provenance === 'read-from-data')
    .map((column) => column.name)
}

function changedDetails(details: SeedDetails, wish: DescribeSeeds, now: number): SeedDetails {
  const base = wish.schema === undefined ? details.schema : sameShape(details.schema, wish.schema)
  const confirm = new Set(wish.confirm)
  for (const name of confirm) {
    if (!base.columns.some((column) => column.name === name)) {
      refuse('not-found', `the seed set has no column "${name}"`, 'Its columns: tanemaki seeds describe NAME')
    }
  }
  const columns = base.columns.map((column) =>
    confirm.has(column.name) && 'domain' in column
      ? ({ ...column, domain: { ...column.domain, provenance: 'public' } } as typeof column)
      : column,
  )
  const before = new Set(unconfirmed(details.schema))
  const schema = { ...base, columns }
  const after = new Set(unconfirmed(schema))
  const at = instantOf(now)
  const confirmed = [...before].filter((column) => !after.has(column)).map((column) => ({ column, at }))
  const endpoints = wish.endpoints ?? details.endpoints
  return { ...details, schema, confirmed: [...details.confirmed, ...confirmed], endpoints }
}

/** The rows were placed and cut by unit when they came in, so neither the unit nor the columns change afterwards. */
function sameShape(before: SeedSchema, next: SeedSchema): SeedSchema {
  const names = (schema: SeedSchema) => JSON.stringify(schema.columns.map((column) => column.name))
  if (names(before) !== names(next)) {
    refuse('conflict', 'the new schema has other columns or another order', 'Import the seeds again under that schema.')
  }
  if (before.unit !== next.unit || before.rowsPerUnit !== next.rowsPerUnit || before.subject !== next.subject) {
    refuse('conflict', 'subject, unit and rows per unit cannot change', 'Import the seeds again under that schema.')
  }
  return next
}

async function checkStoredRows({ files }: GenerationDeps, seedSet: SeedSet, schema: SeedSchema): Promise<void> {
  const faults = new Map<string, string>()
  for (const side of ['training', 'control'] as const) {
    for await (const rows of files.rows(seedSet, side)) {
      for (const row of rows) {
        for (const [at, column] of schema.columns.entries()) {
          const fault = faults.has(column.name) ? undefined : cellFault(column, row[at] ?? null)
          if (fault !== undefined) faults.set(column.name, fault)
        }
      }
    }
  }
  if (faults.size === 0) return
  throw new Refused({
    code: 'table-invalid',
    detail: 'some stored rows do not fit the new schema; nothing was changed',
    hint: 'Widen the domains, or name a category for all others.',
    errors: [...faults].map(([column, fault]) => ({ path: `column "${column}"`, message: `a value ${fault}` })),
  })
}
