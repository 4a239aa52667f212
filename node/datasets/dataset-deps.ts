import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import type { Workers } from '../ports/workers.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { DatasetsStore } from './store.ts'

export interface DatasetsDeps {
  readonly store: DatasetsStore
  readonly blobs: Blobs
  readonly workers: Workers
  readonly clock: Clock
  readonly random: Random
  readonly identity: Identity
  readonly governance: Governance
  readonly log: Logger
  readonly node: {
    /** Name of the organisation. */
    readonly name: string
    /** Without a trailing slash. */
    readonly publicUrl: string
    /** Origin of the node's log. */
    readonly logOrigin: string
    /** Bytes per chunk of new datasets. */
    readonly chunkSize: number
  }
}
