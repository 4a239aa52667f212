import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { ConnectTarget } from '../ports/pull-task.ts'
import type { Random } from '../ports/random.ts'
import type { Workers } from '../ports/workers.ts'
import type { Identity } from '../identity/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { CopiesStore } from './copies-store.ts'
import type { Transfers } from './operations.ts'

export interface CopiesDeps {
  readonly store: CopiesStore
  readonly transfers: Transfers
  readonly negotiations: Pick<Negotiations, 'agreement'>
  readonly identity: Pick<
    Identity,
    'did' | 'service' | 'resolve' | 'authorizationFor' | 'verifyStatement' | 'profileOf'
  >
  readonly http: HttpClient
  readonly blobs: Blobs
  readonly workers: Workers
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Vets an address that a provider gave, for a socket of our own. Throws HttpFailure. */
  connectTarget(url: string): Promise<ConnectTarget>
}

/** Folder of a complete copy: parts, manifest, description, reports, agreement, receipts. */
export function copyFolder(id: string): string {
  return `copies/${id}`
}

/** Folder in which a copy grows; becomes the copy's folder in one step. */
export function growingFolder(id: string): string {
  return `pulling/${id}/copy`
}

/** Journals and leaf lists of a pull; leaf lists stay for `copy verify`. */
export function workFolder(id: string): string {
  return `pulling/${id}/work`
}

export function leavesPath(id: string, resource: string): string {
  return `copy-leaves/${id}/${resource}`
}
