import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ApiClient, createApiClient } from '../../node/cli/api-client.ts'
import { freePort } from '../free-port.ts'
import { textAt } from '../demo/story.ts'
import { DemoNode } from '../demo/tanemaki-process.ts'
import { StateWatch } from './state-watch.ts'

const textLength = 120
/** Slow enough for a pull to be met in its course. */
const DEFAULTS: readonly string[] = [`--transfer-bytes-per-second=${48 * 1024 * 1024}`]

/** One node of the pair: a real process, its API, and a look into its store. */
export interface Side {
  readonly node: DemoNode
  readonly api: ApiClient
  readonly watch: StateWatch
}

export interface ExchangePair {
  readonly provider: Side
  readonly consumer: Side
  readonly datasetId: string
  close(): Promise<void>
}

export interface PairOptions {
  /** Folder of the nodes; emptied. */
  readonly root: string
  /** Size of the dataset. */
  readonly bytes: number
  /** Options of node init besides the common ones. */
  readonly settings?: readonly string[]
}

/** An authority, and two members of which one publishes a dataset to the other: three processes. */
export async function openExchangePair({ root, bytes, settings = DEFAULTS }: PairOptions): Promise<ExchangePair> {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  const ports: number[] = []
  while (ports.length < 6) ports.push(await freePort())
  const [authority, provider, consumer] = await Promise.all(
    ['authority', 'provider', 'consumer'].map((name, at) =>
      startedNode({ name, root, settings }, ports.slice(2 * at, 2 * at + 2)),
    ),
  )
  if (authority === undefined || provider === undefined || consumer === undefined) throw new Error('three nodes')
  await authority.run(['authority', 'init', '--name', 'Faults'])
  for (const node of [provider, consumer]) await joinSpace(authority, node, root)
  const datasetId = await publishDataset(provider, { root, bytes })
  const sideOf = (node: DemoNode): Side => ({
    node,
    api: createApiClient(node.dataDir),
    watch: new StateWatch(node.dataDir),
  })
  const pair = { provider: sideOf(provider), consumer: sideOf(consumer), datasetId }
  return {
    ...pair,
    close: async () => {
      pair.provider.watch.close()
      pair.consumer.watch.close()
      await Promise.all([authority, provider, consumer].map((node) => node.stop()))
    },
  }
}

/** Invites the node into the authority's space; the invitation lies in `root`. */
export async function joinSpace(authority: DemoNode, node: DemoNode, root: string): Promise<void> {
  const invitation = join(root, `${node.name}.invitation`)
  await authority.run(['member', 'invite', '--name', node.name, '--did', node.did, '--out', invitation])
  await node.run(['member', 'join', invitation])
}

/** A node of its own process, initialised and ready. */
export async function startedNode(
  { name, root, settings }: { name: string; root: string; settings: readonly string[] },
  [publicPort = 0, managementPort = 0]: readonly number[],
): Promise<DemoNode> {
  const node = new DemoNode({ name, title: name, root, publicPort, managementPort })
  const options = [
    `--name=${name}`,
    `--public-url=${node.publicUrl}`,
    `--public-port=${publicPort}`,
    `--management-port=${managementPort}`,
    '--development-localhost=true',
    '--drain-seconds=2',
    ...settings,
  ]
  node.did = textAt((await node.run(['node', 'init', ...options])).value, 'did')
  await node.start()
  return node
}

async function publishDataset(provider: DemoNode, { root, bytes }: PairOptions): Promise<string> {
  const rows = Math.ceil((bytes / textLength) * 1.34)
  const csv = join(root, 'random.csv')
  const schema = join(root, 'random.json')
  const noise = randomBytes(rows * 90).toString('base64')
  const lines = Array.from({ length: rows }, (_, row) => noise.slice(row * textLength, (row + 1) * textLength))
  writeFileSync(csv, `noise\n${lines.join('\n')}\n`)
  writeFileSync(
    schema,
    JSON.stringify({
      name: 'random',
      title: 'Random bytes',
      description: 'Noise, to be moved.',
      subject: 'public',
      columns: [{ name: 'noise', type: 'string' }],
    }),
  )
  const { value } = await provider.run(['dataset', 'import', csv, '--schema', schema])
  const id = textAt(value, 'id')
  await provider.run(['dataset', 'evaluate', id])
  await provider.run(['dataset', 'publish', id])
  console.log(`dataset of ${(Number(textAt(value, 'size')) / 1024 / 1024).toFixed(1)} MiB published`)
  return id
}
