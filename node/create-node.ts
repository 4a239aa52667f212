import { readFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Hono } from 'hono'
import { instantOf } from '../protocol/instant.ts'
import type { Settings } from '../schemas/config.ts'
import type { Did } from '../schemas/ids.ts'
import { lockFolder } from './adapters/sqlite/lock-folder.ts'
import { createManagementApp, createPublicApp } from './app.ts'
import { nodeDid } from './composition/node-did.ts'
import { type Ports, type PortsOptions, openPorts } from './composition/ports.ts'
import { createSlices } from './composition/slices.ts'
import { managementKeyFile, processFile } from './config/data-folder.ts'
import { programVersion } from './config/version.ts'
import { jobsRoutes } from './http/jobs-routes.ts'
import { type Listener, listen } from './http/listener.ts'
import type { Logger } from './telemetry/logger.ts'

export type NodeOptions = PortsOptions

/** A message is at most 256 KiB; who needs longer for it only holds a connection. */
const publicReceiveMs = 60_000
/** Longer than any answer to a peer takes, and than the pause between two pieces of a file. */
const publicIdleMs = 120_000

/** A running node. Disposing it drains requests and jobs and closes the store. */
export interface TanemakiNode extends AsyncDisposable {
  readonly did: Did
  readonly publicPort: number
  readonly managementPort: number
  readonly log: Logger
  /** Resolves when no job is running or due. */
  settle(): Promise<void>
}

export async function createNode(options: NodeOptions): Promise<TanemakiNode> {
  const unlock = lockFolder(options.dataDir)
  try {
    return await startNode(options, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function startNode(options: NodeOptions, unlock: () => void): Promise<TanemakiNode> {
  const { dataDir, settings } = options
  const did = nodeDid(settings)
  const ports = await openPorts(options)
  const slices = createSlices(ports, { did, settings })
  const managementKey = readFileSync(join(dataDir, managementKeyFile), 'utf8').trim()
  const status = nodeStatusRoutes(ports, { did, settings })
  const listeners = await openListeners(settings, {
    publicApp: createPublicApp({
      routes: slices.publicRoutes,
      log: ports.log,
      gzip: ports.gzip,
      prefix: new URL(settings.publicUrl).pathname,
    }),
    managementApp: createManagementApp({
      routes: [status, jobsRoutes(ports.queue), ...slices.managementRoutes],
      log: ports.log,
      managementKey,
    }),
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
      await ports.answers.close()
      ports.db.close()
      await rm(join(dataDir, processFile), { force: true })
      unlock()
    },
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
    receiveMs: publicReceiveMs,
    idleMs: publicIdleMs,
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
  const startedAt = instantOf(clock.now())
  return new Hono().get('/node', async (c) =>
    c.json({
      name: settings.name,
      did,
      publicUrl: settings.publicUrl,
      managementPort: settings.managementPort,
      pid: process.pid,
      startedAt,
      version: programVersion,
      jobs: { dead: (await queue.deadLetters()).length },
    }),
  )
}
