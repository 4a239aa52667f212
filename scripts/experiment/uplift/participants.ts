import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { DemoNode, freePorts } from '../../demo/tanemaki-process.ts'
import { endpointName } from './recipes.ts'

const basePort = 7800
const names = ['authority', 'north', 'south'] as const
export type ParticipantName = (typeof names)[number]
export type Participants = Readonly<Record<ParticipantName, DemoNode>>

const Joined = z
  .array(z.object({ name: z.enum(names), did: z.string(), ports: z.tuple([z.int(), z.int()]) }))
  .length(names.length)

export interface ModelServer {
  readonly url: string
  readonly server: string
}

/** An authority and two members that know the model endpoint; a folder that holds them already is taken up again. */
export async function startParticipants(folder: string, model: ModelServer): Promise<Participants> {
  const known = join(folder, 'participants.json')
  if (existsSync(known)) {
    const joined = Joined.parse(JSON.parse(readFileSync(known, 'utf8')))
    const nodes = joined.map(({ name, did, ports }) => Object.assign(nodeAt(folder, name, ports), { did }))
    await startAll(nodes, model)
    return named(nodes)
  }
  rmSync(join(folder, 'nodes'), { recursive: true, force: true })
  mkdirSync(join(folder, 'nodes'), { recursive: true })
  const ports = await freePorts(basePort, 2 * names.length)
  const nodes = names.map((name, at) => nodeAt(folder, name, [ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0]))
  for (const node of nodes) await initialise(node)
  await startAll(nodes, model)
  await admitAll(folder, named(nodes))
  const joined = nodes.map(({ name, did, publicPort, managementPort }) => ({
    name,
    did,
    ports: [publicPort, managementPort],
  }))
  writeFileSync(`${known}.new`, JSON.stringify(joined))
  renameSync(`${known}.new`, known)
  return named(nodes)
}

function nodeAt(
  folder: string,
  name: ParticipantName,
  [publicPort, managementPort]: readonly [number, number],
): DemoNode {
  return new DemoNode({ name, title: name, root: join(folder, 'nodes'), publicPort, managementPort })
}

function named(nodes: readonly DemoNode[]): Participants {
  const [authority, north, south] = nodes
  if (authority === undefined || north === undefined || south === undefined) throw new Error('three nodes are needed')
  return { authority, north, south }
}

async function initialise(node: DemoNode): Promise<void> {
  const settings = {
    name: node.title,
    'public-url': node.publicUrl,
    'public-port': String(node.publicPort),
    'management-port': String(node.managementPort),
    'development-localhost': 'true',
    'drain-seconds': '2',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  const { value } = await node.run(['node', 'init', ...options])
  node.did = String(value['did'])
}

async function startAll(nodes: readonly DemoNode[], model: ModelServer): Promise<void> {
  const endpoints = [{ name: endpointName, ...model, ...(model.url.startsWith('http:') ? { plainHttp: true } : {}) }]
  await Promise.all(
    nodes.map((node) => {
      writeFileSync(join(node.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
      return node.start()
    }),
  )
}

async function admitAll(folder: string, { authority, north, south }: Participants): Promise<void> {
  await authority.run(['authority', 'init', '--name', 'Uplift experiment'])
  for (const node of [north, south]) {
    const invitation = join(folder, 'nodes', `${node.name}.invitation`)
    await authority.run(['member', 'invite', '--name', node.title, '--did', node.did, '--out', invitation])
    await node.run(['member', 'join', invitation])
  }
}

export async function stopParticipants(participants: Participants): Promise<void> {
  await Promise.all(Object.values(participants).map((node) => node.stop()))
}
