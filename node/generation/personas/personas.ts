import { instantOf } from '../../../protocol/instant.ts'
import { refuse } from '../../../protocol/refusal.ts'
import {
  type DedupReport,
  type PersonaDedup,
  type PersonaErasure,
  type PersonaImport,
  PersonaPack,
  type PersonaPackPage,
  type PersonaProgress,
  type PersonaSample,
} from '../../../schemas/personas.ts'
import type { SeedFormat, SeedUpload } from '../../../schemas/seeds.ts'
import type { JobHandler } from '../../ports/queue.ts'
import type { GenerationPorts } from '../dependencies.ts'
import { createSealedUploads } from '../sealed-upload.ts'
import { dedupPersonas } from './dedup-personas.ts'
import { erasePersonas, erasePersonasHandler } from './erase-personas.ts'
import { importPersonas } from './import-personas.ts'
import { createPackWriter, type PackWriter } from './pack-writer.ts'
import { createPersonaFiles, type PersonaFiles } from './persona-files.ts'
import { openPersonaRecords, type PersonaRecords } from './persona-reader.ts'
import { samplePack } from './sample-pack.ts'

export interface FollowPersonas {
  readonly onProgress?: (progress: PersonaProgress) => void
  readonly signal?: AbortSignal
}

/** Persona packs of this node. All that make one are all or nothing, and refused `conflict` where the name is taken. */
export interface Personas {
  upload(format: SeedFormat, content: AsyncIterable<Uint8Array>): Promise<SeedUpload>
  import(request: PersonaImport, follow?: FollowPersonas): Promise<PersonaPack>
  sample(request: PersonaSample, follow?: FollowPersonas): Promise<PersonaPack>
  /** What is left of a pack without near-duplicates, as a new pack; goes on where an earlier try ended. */
  dedup(reference: string, request: PersonaDedup, follow?: FollowPersonas): Promise<DedupReport>
  /** Newest first, at most 1,000. */
  list(): Promise<PersonaPack[]>
  /** By id or name. Refused `not-found`, as in all that follow. */
  find(reference: string): Promise<PersonaPack>
  /** The pack with its first records. */
  show(reference: string, examples: number): Promise<PersonaPackPage>
  records(reference: string): Promise<PersonaRecords>
  /** Makes a pack of what `write` adds; for generators. */
  make(pack: PackDraft, write: (writer: PackWriter) => Promise<void>): Promise<PersonaPack>
  erase(reference: string): Promise<PersonaErasure>
}

/** A pack before its records are written. */
export type PackDraft = Pick<
  PersonaPack,
  'name' | 'source' | 'licence' | 'attribution' | 'description' | 'textField' | 'origin'
>

/** What packs need of what the slice is given. */
export type PersonaPorts = Pick<
  GenerationPorts,
  'personas' | 'blobs' | 'keys' | 'random' | 'clock' | 'workers' | 'records' | 'hashing' | 'log'
>

/** What the operations on packs share. */
export interface PersonaDeps extends PersonaPorts {
  readonly personaFiles: PersonaFiles
  make: Personas['make']
}

const MOST_LISTED = 1000

export function createPersonas(ports: PersonaPorts): {
  readonly personas: Personas
  readonly jobs: readonly JobHandler[]
  start(): Promise<void>
} {
  const { personas: store } = ports
  const personaFiles = createPersonaFiles(ports.blobs, ports.keys)
  const uploads = createSealedUploads(ports)
  const deps: PersonaDeps = { ...ports, personaFiles, make: (draft, write) => makePack(deps, draft, write) }
  const find = async (reference: string) =>
    (await store.personaPack(reference)) ??
    refuse('not-found', 'there is no such persona pack', 'List them with: tanemaki persona list')
  const personas: Personas = {
    upload: (format, content) => uploads.add(format, content),
    import: (request, follow = {}) => importPersonas(deps, uploads, { request, follow }),
    sample: (request, follow = {}) => samplePack(deps, request, follow),
    dedup: async (reference, request, follow = {}) => dedupPersonas(deps, await find(reference), { request, follow }),
    list: () => store.personaPacks(MOST_LISTED),
    find,
    show: async (reference, examples) => {
      const pack = await find(reference)
      if (pack.state === 'erased') return { pack, examples: [] }
      const records = await openPersonaRecords(personaFiles, pack)
      const shown = Array.from({ length: Math.min(examples, records.count) }, (_, at) => records.record(at))
      return { pack, examples: await Promise.all(shown) }
    },
    records: async (reference) => openPersonaRecords(personaFiles, await find(reference)),
    make: deps.make,
    erase: async (reference) => erasePersonas(deps, await find(reference)),
  }
  const start = () => personaFiles.clear(async (id) => (await store.personaPack(id))?.state === 'kept')
  return { personas, jobs: [erasePersonasHandler(deps)], start }
}

/** Everything is written aside, moved into place in one step and known only after one commit. */
async function makePack(
  { personas: store, personaFiles, hashing, random, clock, log }: PersonaDeps,
  draft: PackDraft,
  write: (writer: PackWriter) => Promise<void>,
): Promise<PersonaPack> {
  const id = `urn:uuid:${random.uuid()}`
  const refuseTaken = () =>
    refuse('conflict', 'there is a persona pack of this name', 'Choose another name, or erase the old pack first.')
  if ((await store.personaPack(draft.name))?.state === 'kept') refuseTaken()
  try {
    const writer = createPackWriter(personaFiles, { id, hash: hashing.sha256 })
    await write(writer)
    const written = await writer.finish()
    const pack = PersonaPack.parse({ ...draft, ...written, id, state: 'kept', createdAt: instantOf(clock.now()) })
    await personaFiles.publish(id)
    if ((await store.addPersonaPack(pack)) === 'conflict') {
      await personaFiles.remove(id)
      refuseTaken()
    }
    log.info('personas-kept', { pack: id, origin: pack.origin.kind })
    return pack
  } finally {
    await personaFiles.discard(id)
  }
}
