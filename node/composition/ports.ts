import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from '../../schemas/config.ts'
import { openEndpointsFile } from '../adapters/endpoints-file/endpoints-file.ts'
import { openPeersFile } from '../adapters/peers-file/peers-file.ts'
import { openAnswerCache } from '../adapters/answer-cache/answer-cache.ts'
import { openBlobs } from '../adapters/blobs-fs/blobs-fs.ts'
import { zlibGzip } from '../adapters/gzip-zlib/zlib-gzip.ts'
import { createGuardedHttpClient } from '../adapters/http-fetch/guarded-http-client.ts'
import { openFileKeys } from '../adapters/keys-file/file-keys.ts'
import { createPinoLogger } from '../adapters/log-pino/pino-logger.ts'
import { createOpenaiModels } from '../adapters/model-openai/openai-models.ts'
import { InProcessQueue } from '../adapters/queue-in-process/in-process-queue.ts'
import { createJobStore } from '../adapters/sqlite/job-store.ts'
import { type Database, openDatabase } from '../adapters/sqlite/open.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import { systemRandom } from '../adapters/system/system-random.ts'
import { threadWorkers } from '../adapters/workers-threads/thread-workers.ts'
import { answersFile, blobsFolder, databaseFile, endpointsFile, nodeKeyFile, peersFile } from '../config/data-folder.ts'
import { secretFromEnvironment } from '../config/env.ts'
import type { AnswerCache } from '../ports/answer-cache.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Gzip } from '../ports/gzip.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { Keys } from '../ports/keys.ts'
import type { Models } from '../ports/models.ts'
import type { PeerProfiles } from '../ports/peer-profiles.ts'
import type { Queue } from '../ports/queue.ts'
import type { Random } from '../ports/random.ts'
import type { Workers } from '../ports/workers.ts'
import type { NegotiationStrategy } from '../negotiation/strategy.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { TransferStrategy } from '../transfer/strategy.ts'

/** The file of model answers. */
export interface Answers {
  open(): Promise<AnswerCache>
  close(): Promise<void>
}

/** Everything a slice may be given: the outside world through ports, and the database for its store adapter. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly keys: Keys
  readonly peerProfiles: PeerProfiles
  readonly models: Models
  readonly answers: Answers
  readonly blobs: Blobs
  readonly http: HttpClient
  readonly gzip: Gzip
  readonly queue: Queue
  readonly workers: Workers
  readonly db: Database
  readonly log: Logger
  /** Who speaks in exchanges instead of what the settings say. */
  readonly strategies?: { readonly negotiation?: NegotiationStrategy; readonly transfer?: TransferStrategy }
  /** Stands between the stores of exchanges and receipts and their slices. */
  readonly wrapStore: <Store extends object>(store: Store) => Store
}

export interface PortsOptions {
  readonly dataDir: string
  readonly settings: Settings
  /** Replaces ports, for tests. */
  readonly overrides?: Partial<Omit<Ports, 'db' | 'queue'>>
}

/** Opens what the node stands on: its store, keys, files, network and workers. */
export async function openPorts({ dataDir, settings, overrides }: PortsOptions): Promise<Ports> {
  await mkdir(join(dataDir, blobsFolder), { recursive: true })
  const log = overrides?.log ?? createPinoLogger(settings.logLevel, settings.name)
  const clock = overrides?.clock ?? systemClock
  const random = overrides?.random ?? systemRandom
  const db = openDatabase(join(dataDir, databaseFile))
  const keys = overrides?.keys ?? (await openFileKeys(settings.keyFile ?? join(dataDir, nodeKeyFile), dataDir))
  return {
    clock,
    random,
    log,
    db,
    keys,
    peerProfiles: overrides?.peerProfiles ?? (await openPeersFile(join(dataDir, peersFile))),
    models: overrides?.models ?? (await openModels(dataDir)),
    answers: overrides?.answers ?? answersIn(dataDir, keys),
    blobs: overrides?.blobs ?? (await openBlobs(join(dataDir, blobsFolder))),
    http:
      overrides?.http ??
      createGuardedHttpClient({
        developmentLocalhost: settings.developmentLocalhost,
        privateHosts: settings.privateHosts,
      }),
    gzip: overrides?.gzip ?? zlibGzip,
    workers: overrides?.workers ?? threadWorkers,
    ...(overrides?.strategies === undefined ? {} : { strategies: overrides.strategies }),
    wrapStore: overrides?.wrapStore ?? ((store) => store),
    queue: new InProcessQueue({ store: createJobStore(db), clock, random, log }),
  }
}

/** Opened by the first run that asks a model: most starts of a node need no second database. */
function answersIn(dataDir: string, keys: Keys): Answers {
  let opened: Promise<AnswerCache> | undefined
  return {
    open: () => (opened ??= openAnswerCache(join(dataDir, answersFile), keys)),
    close: async () => (await opened)?.close(),
  }
}

async function openModels(dataDir: string): Promise<Models> {
  const path = join(dataDir, endpointsFile)
  return createOpenaiModels(await openEndpointsFile(path, { dataDir, environment: secretFromEnvironment }))
}
