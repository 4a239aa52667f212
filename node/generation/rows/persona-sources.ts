import { refuse } from '../../../protocol/refusal.ts'
import type { PersonaPack } from '../../../schemas/personas.ts'
import type { Subject } from '../../../schemas/seed-schema.ts'
import type { Run } from '../../../schemas/runs.ts'
import { findSeedSet } from '../describe-seeds.ts'
import type { GenerationPorts } from '../dependencies.ts'
import type { Personas } from '../personas/personas.ts'
import { seedSetsOf } from '../run-commit.ts'
import type { SeedFiles } from '../seed-files.ts'
import type { PersonaSources } from './record-sources.ts'

interface Needs extends Pick<GenerationPorts, 'store'> {
  readonly files: SeedFiles
}

/** Packs for runs. What was generated from seeds is about the same people and as private as they are. */
export function createPersonaSources(personas: Personas, needs: Needs): PersonaSources {
  return {
    bind: async (name) => {
      const { id, digest, state } = await personas.find(name)
      if (state === 'erased') refuse('conflict', 'the persona pack is erased', 'Import or sample it again.')
      return { kind: 'persona-pack', id, digest }
    },
    open: async (id, digest) => {
      if ((await personas.find(id)).digest !== digest) {
        refuse('conflict', 'the persona pack of the run is another one now', 'Start a new run.')
      }
      const opened = await personas.records(id)
      return { records: opened.count, record: (index) => opened.record(index) }
    },
    subject: async (id) => {
      const subjects = await Promise.all(
        (await seedSetsBehind(personas, needs, await personas.find(id))).map(
          async (seedSet): Promise<Subject> =>
            (await needs.files.details(await findSeedSet(needs, seedSet))).schema.subject,
        ),
      )
      return subjects.includes('persons') ? 'persons' : (subjects[0] ?? 'public')
    },
    credit: async (id) => {
      const { source, licence, attribution } = await personas.find(id)
      return { source, licence, attribution }
    },
    mayBeSeenBy: async (id, endpoint) => {
      for (const seedSet of await seedSetsBehind(personas, needs, await personas.find(id))) {
        const { endpoints } = await needs.files.details(await findSeedSet(needs, seedSet))
        if (!(endpoint.loopback && endpoints.loopback) && !endpoints.allowed.includes(endpoint.name)) return false
      }
      return true
    },
  }
}

/** Seed sets that a pack was made from, by way of runs and of other packs. */
async function seedSetsBehind(personas: Personas, needs: Needs, pack: PersonaPack): Promise<string[]> {
  const { origin } = pack
  if (origin.kind === 'deduplicated') return seedSetsBehind(personas, needs, await personas.find(origin.pack))
  if (origin.kind !== 'generated') return []
  const run = (await needs.store.runs({ limit: 10_000 })).find(({ id }) => id === origin.run)
  return run === undefined ? [] : seedSetsBehindRun(personas, needs, run)
}

async function seedSetsBehindRun(personas: Personas, needs: Needs, run: Run): Promise<string[]> {
  const packs = run.kind === 'rows' ? Object.values(run.sources).filter(({ kind }) => kind === 'persona-pack') : []
  const further = await Promise.all(
    packs.map(async ({ id }) => seedSetsBehind(personas, needs, await personas.find(id))),
  )
  return [...seedSetsOf(run), ...further.flat()]
}
