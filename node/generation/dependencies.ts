import type { RowHashing } from '../../protocol/generation/seed-commitment.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Keys } from '../ports/keys.ts'
import type { Random } from '../ports/random.ts'
import type { RecordReader } from '../ports/records.ts'
import type { Workers } from '../ports/workers.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { AnswerCache } from '../ports/answer-cache.ts'
import type { Models } from '../ports/models.ts'
import type { CopySources } from '../ports/copy-sources.ts'
import type { PersonaSources } from './rows/record-sources.ts'
import type { Admissions } from './engine/admissions.ts'
import type { SeedFiles } from './seed-files.ts'
import type { PersonaStore } from './persona-store.ts'
import type { GenerationStore } from './store.ts'

/** What the slice is given. */
export interface GenerationPorts {
  readonly store: GenerationStore
  readonly personas: PersonaStore
  readonly blobs: Blobs
  readonly keys: Keys
  readonly random: Random
  readonly clock: Clock
  readonly workers: Workers
  readonly records: RecordReader
  readonly hashing: RowHashing
  readonly datasets: Pick<Datasets, 'create' | 'find' | 'statement' | 'partPaths'>
  readonly models: Models
  readonly answers: { open(): Promise<AnswerCache> }
  readonly copySources: CopySources
  readonly log: Logger
}

export interface GenerationDeps extends GenerationPorts {
  readonly files: SeedFiles
  readonly personaSources: PersonaSources
  readonly admissions: Admissions
}
