import { readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { didOfUrl } from '../protocol/identity/did-of-url.ts'
import type { Settings } from '../schemas/config.ts'
import type { Did } from '../schemas/ids.ts'
import { openBlobs } from './adapters/blobs-fs/blobs-fs.ts'
import { createGuardedHttpClient } from './adapters/http-fetch/guarded-http-client.ts'
import { openFileKeys } from './adapters/keys-file/file-keys.ts'
import { createPinoLogger } from './adapters/log-pino/pino-logger.ts'
import { InProcessQueue } from './adapters/queue-in-process/in-process-queue.ts'
import { createJobStore } from './adapters/sqlite/job-store.ts'
import { type Database, openDatabase } from './adapters/sqlite/open.ts'
import { systemClock } from './adapters/system/system-clock.ts'
import { systemRandom } from './adapters/system/system-random.ts'
import { threadWorkers } from './adapters/workers-threads/thread-workers.ts'
import { createManagementApp, createPublicApp } from './app.ts'
import { blobsFolder, databaseFile, managementKeyFile, nodeKeyFile, processFile } from './config/data-folder.ts'
import { type Listener, listen } from './http/listener.ts'
import type { Blobs } from './ports/blobs.ts'
import type { Clock } from './ports/clock.ts'
import type { HttpClient } from './ports/http-client.ts'
import type { Keys } from './ports/keys.ts'
import type { Queue } from './ports/queue.ts'
import type { Random } from './ports/random.ts'
import type { Workers } from './ports/workers.ts'
import type { Logger } from './telemetry/logger.ts'

/** Everything a slice may be given: the outside world through ports, and the database for its store adapter. */
export interface Ports {
  readonly clock: Clock
  readonly random: Random
  readonly keys: Keys
  readonly blobs: Blobs
  readonly http: HttpClient
  readonly queue: Queue
  readonly workers: Workers
  readonly db: Database
  readonly log: Logger
}

export interface NodeOptions {
  readonly dataDir: string
  readonly settings: Settings
  /** Replaces ports, for tests. */
  readonly overrides?: Partial<Omit<Ports, 'db' | 'queue'>>
}

/** A running node. Disposing it drains requests and jobs and closes the store. */
export interface TanemakiNode extends AsyncDisposable {
  readonly did: Did
  readonly publicPort: number
  readonly managementPort: number
  readonly log: Logger
  /** Resolves when no job is running or due. */
  settle(): Promise<void>
}

/** What the slices add to the node. */
interface Slices {
  readonly publicRoutes: readonly Hono[]
  readonly managementRoutes: readonly Hono[]
  /** Runs after the listeners are up and before the queue starts. */
  start(): Promise<void>
  stop(): Promise<void>
}

export async function createNode(options: NodeOptions): Promise<TanemakiNode> {
  const { dataDir, settings } = options
  const did = didOfUrl(settings.publicUrl)
  const ports = await openPorts(options)
  const slices = createSlices(ports, { did, settings })
  const managementKey = readFileSync(join(dataDir, managementKeyFile), 'utf8').trim()
  const status = nodeStatusRoutes(ports, { did, settings })
  const listeners = await openListeners(settings, {
    publicApp: createPublicApp({ routes: slices.publicRoutes, log: ports.log }),
    managementApp: createManagementApp({ routes: [status, ...slices.managementRoutes], log: ports.log, managementKey }),
  })
  await writeFile(join(dataDir, processFile), `${process.pid}\n`)
  await slices.start()
  ports.queue.start()
  return {
    did,
    log: ports.log,
    publicPort: listeners.public.port,
    managementPort: listeners.management.port,
    settle: () => ports.queue.settle(),
    [Symbol.asyncDispose]: async () => {
      const drainMs = settings.drainSeconds * 1000
      await Promise.all([listeners.public.close(drainMs), listeners.management.close(drainMs)])
      await ports.queue.stop(drainMs)
      await slices.stop()
      ports.db.close()
      await rm(join(dataDir, processFile), { force: true })
    },
  }
}

async function openPorts({ dataDir, settings, overrides }: NodeOptions): Promise<Ports> {
  await mkdir(join(dataDir, blobsFolder), { recursive: true })
  const log = overrides?.log ?? createPinoLogger(settings.logLevel, settings.name)
  const clock = overrides?.clock ?? systemClock
  const random = overrides?.random ?? systemRandom
  const db = openDatabase(join(dataDir, databaseFile))
  return {
    clock,
    random,
    log,
    db,
    keys: overrides?.keys ?? (await openFileKeys(settings.keyFile ?? join(dataDir, nodeKeyFile), dataDir)),
    blobs: overrides?.blobs ?? (await openBlobs(join(dataDir, blobsFolder))),
    http:
      overrides?.http ??
      createGuardedHttpClient({
        developmentLocalhost: settings.developmentLocalhost,
        privateHosts: settings.privateHosts,
      }),
    workers: overrides?.workers ?? threadWorkers,
    queue: new InProcessQueue({ store: createJobStore(db), clock, random, log }),
  }
}

function createSlices(_ports: Ports, _node: { did: Did; settings: Settings }): Slices {
  return {
    publicRoutes: [],
    managementRoutes: [],
    start: async () => {},
    stop: async () => {},
  }
}

async function openListeners(
  settings: Settings,
  { publicApp, managementApp }: { publicApp: Hono; managementApp: Hono },
): Promise<{ public: Listener; management: Listener }> {
  const { tlsCertificate, tlsKey } = settings
  const tls =
    tlsCertificate === undefined || tlsKey === undefined
      ? {}
      : { tls: { certificateFile: tlsCertificate, keyFile: tlsKey } }
  const open = await listen(publicApp, {
    name: 'public',
    host: settings.publicHost,
    port: settings.publicPort,
    ...tls,
  })
  try {
    const management = await listen(managementApp, {
      name: 'management',
      host: settings.managementHost,
      port: settings.managementPort,
    })
    return { public: open, management }
  } catch (error) {
    await open.close(0)
    throw error
  }
}

function nodeStatusRoutes({ clock, queue }: Ports, { did, settings }: { did: Did; settings: Settings }): Hono {
  const startedAt = new Date(clock.now()).toISOString()
  return new Hono().get('/node', async (c) =>
    c.json({
      name: settings.name,
      did,
      publicUrl: settings.publicUrl,
      managementPort: settings.managementPort,
      pid: process.pid,
      startedAt,
      version: '0.1.0',
      jobs: { dead: (await queue.deadLetters()).length },
    }),
  )
}
