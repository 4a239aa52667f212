import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/free-port.ts'
import { type NodeOptions, type TanemakiNode, createNode } from '../../node/create-node.ts'
import { initialiseNode } from '../../node/init-node.ts'
import { builtWorkers } from '../built.ts'
import { loadSettings } from '../../node/config/load.ts'
import { type ApiClient, createApiClient } from '../../node/cli/api-client.ts'

/** A node of a test network: real listeners on loopback, its own data folder. */
export interface NetworkNode {
  readonly name: string
  readonly dataDir: string
  readonly publicUrl: string
  readonly did: string
  readonly api: ApiClient
  /** Stops the node and starts it again from its data folder; `crash` skips draining. */
  restart(): Promise<void>
  stop(): Promise<void>
  settle(): Promise<void>
}

export interface Network extends AsyncDisposable {
  readonly nodes: Readonly<Record<string, NetworkNode>>
  node(name: string): NetworkNode
  /** Until no node has a job left that is due. */
  settle(): Promise<void>
}

interface NodeSpecifics {
  readonly settings?: Readonly<Record<string, string>>
  readonly overrides?: NodeOptions['overrides']
}

export interface NetworkOptions extends NodeSpecifics {
  /** What holds for one node alone, by its name; it goes before what holds for all. */
  readonly nodes?: Readonly<Record<string, NodeSpecifics>>
}

async function startNode(root: string, name: string, options: NodeSpecifics): Promise<NetworkNode> {
  const dataDir = join(root, name)
  const publicPort = await freePort()
  const publicUrl = `http://localhost:${publicPort}`
  const { did } = await initialiseNode(dataDir, {
    name,
    publicUrl,
    publicPort: String(publicPort),
    managementPort: String(await freePort()),
    developmentLocalhost: 'true',
    drainSeconds: '2',
    logLevel: 'silent',
    ...options.settings,
  })
  const settings = loadSettings(dataDir)
  const start = () => createNode({ dataDir, settings, overrides: { workers: builtWorkers, ...options.overrides } })
  let running: TanemakiNode | undefined = await start()
  const stop = async () => {
    await running?.[Symbol.asyncDispose]()
    running = undefined
  }
  return {
    name,
    dataDir,
    publicUrl,
    did,
    api: createApiClient(dataDir),
    stop,
    restart: async () => {
      await stop()
      running = await start()
    },
    settle: async () => running?.settle(),
  }
}

/** Starts `names` as nodes in this process that reach each other over HTTP on loopback. */
export async function createNetwork(names: readonly string[], options: NetworkOptions = {}): Promise<Network> {
  const root = mkdtempSync(join(tmpdir(), 'tanemaki-'))
  const nodes: Record<string, NetworkNode> = {}
  for (const name of names) {
    const own = options.nodes?.[name]
    const settings = { ...options.settings, ...own?.settings }
    const overrides = { ...options.overrides, ...own?.overrides }
    nodes[name] = await startNode(root, name, { settings, overrides })
  }
  const all = Object.values(nodes)
  return {
    nodes,
    node: (name) => nodes[name] ?? missing(name),
    settle: async () => {
      for (let round = 0; round < 2; round++) for (const node of all) await node.settle()
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(all.map((node) => node.stop()))
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function missing(name: string): never {
  throw new Error(`the network has no node ${name}`)
}
