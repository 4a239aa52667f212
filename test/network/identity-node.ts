import { builtWorkers } from '../built.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { freePort } from '../../scripts/free-port.ts'
import { createPublicApp } from '../../node/app.ts'
import { createGuardedHttpClient } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import { type IdentityAndGovernance, composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { nodeDid } from '../../node/composition/node-did.ts'
import { type Ports, openPorts } from '../../node/composition/ports.ts'
import { loadSettings } from '../../node/config/load.ts'
import { type Listener, listen } from '../../node/http/listener.ts'
import { initialiseNode } from '../../node/init-node.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { HttpClient } from '../../node/ports/http-client.ts'
import { silentLogger } from '../../node/telemetry/logger.ts'
import type { Did } from '../../schemas/ids.ts'

/** The system clock, moved forward on demand. Timers stay real. */
export interface ShiftedClock extends Clock {
  forward(ms: number): void
}

export function shiftedClock(): ShiftedClock {
  let shift = 0
  return {
    now: () => Date.now() + shift,
    after: (ms, run) => {
      const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
      timer.unref()
      return () => clearTimeout(timer)
    },
    forward: (ms) => {
      shift += ms
    },
  }
}

/**
 * Identity and governance of a node behind a real listener, and one more address: `POST /members-only` answers the DID of
 * a caller that is a member of this node's space.
 */
export interface IdentityNode extends AsyncDisposable {
  readonly did: Did
  readonly url: string
  readonly parts: IdentityAndGovernance
  readonly ports: Ports
  /** Requests that this node received, as `POST /dcp/credentials`. */
  readonly received: string[]
  /** Answers of this node are replaced by this while it is set; undefined lets the request through. */
  intercept: ((request: Request) => Response | Promise<Response> | undefined) | undefined
  /** Closes the listener and opens it again. */
  disconnect(): Promise<void>
  reconnect(): Promise<void>
  settle(): Promise<void>
  /** Calls another node's members-only address; the HTTP status. */
  call(other: IdentityNode, authorization?: string): Promise<number>
}

async function openNode(root: string, { clock, path }: { clock: Clock; path: string }) {
  const port = await freePort()
  await initialiseNode(root, {
    publicUrl: `http://localhost:${port}${path}`,
    publicPort: String(port),
    developmentLocalhost: 'true',
  })
  const settings = loadSettings(root)
  const ports = await openPorts({
    dataDir: root,
    settings,
    overrides: { clock, log: silentLogger, workers: builtWorkers },
  })
  const did = nodeDid(settings)
  const { ledger } = composeLedger(ports, { did, settings })
  return { port, settings, ports, did, parts: composeIdentity(ports, { did, settings, ledger }) }
}

/** `path` puts the node below a path of its public address. */
export async function createIdentityNode(clock: Clock, path = ''): Promise<IdentityNode> {
  const root = mkdtempSync(join(tmpdir(), 'tanemaki-identity-'))
  const { port, settings, ports, did, parts } = await openNode(join(root, 'node'), { clock, path })
  const probe = new Hono().post('/members-only', async (c) =>
    c.json({ did: (await parts.identity.authenticate(c.req.header('authorization'))).id }),
  )
  const received: string[] = []
  const watch = new Hono()
  const open = () => listen(watch, { name: 'public', host: '127.0.0.1', port })
  const prefix = new URL(settings.publicUrl).pathname
  const app = createPublicApp({
    routes: [...parts.publicRoutes, probe],
    log: silentLogger,
    gzip: ports.gzip,
    prefix,
  })
  const node: IdentityNode = {
    did,
    url: settings.publicUrl,
    parts,
    ports,
    received,
    intercept: undefined,
    disconnect: () => listener.close(0),
    reconnect: async () => {
      listener = await open()
    },
    settle: () => ports.queue.settle(),
    call: async (other, authorization) => {
      const headers = { authorization: authorization ?? (await parts.identity.authorizationFor(other.did)) }
      return (await ports.http.request({ method: 'POST', url: `${other.url}/members-only`, headers })).status
    },
    [Symbol.asyncDispose]: async () => {
      await listener.close(0)
      await ports.queue.stop(0)
      ports.db.close()
      rmSync(root, { recursive: true, force: true })
    },
  }
  watch.all('*', async (c) => {
    received.push(`${c.req.method} ${c.req.path}`)
    return (await node.intercept?.(c.req.raw)) ?? app.fetch(c.req.raw)
  })
  let listener: Listener = await open()
  ports.queue.start()
  return node
}

/** A client that may reach nodes on this machine. */
export function localClient(): HttpClient {
  return createGuardedHttpClient({ developmentLocalhost: true, privateHosts: [] })
}
