import type { RowPlan } from '../../../protocol/generation/rows/row-plan.ts'
import { sourcesSeenBy } from '../../../protocol/generation/rows/taint.ts'
import { refuse, Refused } from '../../../protocol/refusal.ts'
import type { RecordSource, RowRecipe } from '../../../schemas/row-recipe.ts'
import type { BoundSource } from '../../../schemas/runs.ts'
import type { SeedSetId } from '../../../schemas/seeds.ts'
import { findSeedSet } from '../describe-seeds.ts'
import type { RunDeps } from '../run-commit.ts'

/** What each source of the recipe is now, by name; refuses what is missing, erased, empty or not permitted. */
export async function bindSources(deps: RunDeps, recipe: RowRecipe): Promise<Record<string, BoundSource>> {
  const bound: Record<string, BoundSource> = {}
  for (const [name, source] of Object.entries(recipe.sources)) bound[name] = await bindSource(deps, name, source)
  return bound
}

async function bindSource(deps: RunDeps, name: string, source: RecordSource): Promise<BoundSource> {
  if ('personaPack' in source) return deps.personaSources.bind(source.personaPack)
  if ('copy' in source) return deps.copySources.bind(source.copy, source.purpose)
  const seedSet = await findSeedSet(deps, source.seedSet)
  if (seedSet.state === 'erased') refuse('conflict', 'the seed set is erased', 'Import the seeds again.')
  const { training } = await deps.files.details(seedSet)
  if (training.rows === 0) {
    refuse(
      'recipe-invalid',
      `source "${name}": the seed set has no training rows`,
      'Import more seeds, or with a smaller control set.',
    )
  }
  return { kind: 'seed-set', id: seedSet.id, commitment: seedSet.commitment.root }
}

/** What binds each source's content: commitment or digest, by name. */
export function commitmentsOf(sources: Readonly<Record<string, BoundSource>>): Record<string, string> {
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, commitmentOf(source)]))
}

function commitmentOf(source: BoundSource): string {
  if (source.kind === 'copy') return source.manifestId
  return source.kind === 'seed-set' ? source.commitment : source.digest
}

/** Seed sets among the sources. */
export function seedSetsIn(sources: Readonly<Record<string, BoundSource>>): SeedSetId[] {
  return Object.values(sources).flatMap((source) => (source.kind === 'seed-set' ? [source.id] : []))
}

/**
 * Refuses a recipe that would show records to an endpoint that their owner does not allow to see them, before a byte leaves. A
 * column shows what it reads and what the columns that it needs have read.
 */
export async function refuseForbiddenEndpoints(
  deps: RunDeps,
  plan: RowPlan,
  sources: Readonly<Record<string, BoundSource>>,
): Promise<void> {
  const seen = sourcesSeenBy(plan)
  const faults: { path: string; message: string }[] = []
  for (const { name: columnName, column } of plan.columns) {
    const model = 'model' in column && column.model !== undefined ? plan.recipe.models[column.model] : undefined
    if (model === undefined) continue
    const endpoint = deps.models.endpoint(model.endpoint)
    const path = `columns.${columnName}`
    if (endpoint === undefined) {
      faults.push({ path, message: `this node has no model endpoint "${model.endpoint}"` })
      continue
    }
    for (const name of seen.get(columnName) ?? []) {
      const bound = sources[name]
      if (bound === undefined || (await mayBeSeenBy(deps, bound, endpoint))) continue
      faults.push({ path, message: `endpoint "${endpoint.name}" may not see source "${name}"` })
    }
  }
  if (faults.length === 0) return
  throw new Refused({
    code: 'endpoint-forbidden',
    detail: faults[0]?.message ?? '',
    hint: 'Name a model on this machine, or allow the endpoint for the seed set: tanemaki seeds describe NAME --allow-endpoint ENDPOINT.',
    errors: faults,
  })
}

async function mayBeSeenBy(
  deps: RunDeps,
  bound: BoundSource,
  endpoint: { readonly name: string; readonly loopback: boolean },
): Promise<boolean> {
  if (bound.kind === 'persona-pack') return deps.personaSources.mayBeSeenBy(bound.id, endpoint)
  if (bound.kind === 'copy') return endpoint.loopback
  const { endpoints } = await deps.files.details(await findSeedSet(deps, bound.id))
  return (endpoint.loopback && endpoints.loopback) || endpoints.allowed.includes(endpoint.name)
}
