import { join } from 'node:path'
import { type Story, root, textAt } from './story.ts'
import { listModel } from './texts.ts'
import type { DemoNode } from './tanemaki-process.ts'

const chunkSize = 16 * 1024
/** Slow enough that a person sees the pull, and that it can be killed half-way. */
const bytesPerSecond = 100_000

/** Five nodes with real keys, one space, three members. */
export async function startAndJoin({ timeline, nodes, authority, bureau, lab, publisher }: Story): Promise<void> {
  await timeline.step('start', 'Five nodes start, each with its own keys and data folder', async () => {
    await Promise.all(nodes.map((node) => initialise(node)))
    listModel(publisher)
    await Promise.all(nodes.map((node) => node.start()))
    return nodes.map((node) => `${node.title.padEnd(18)} ${node.did}`)
  })
  await timeline.step(
    'join',
    'The authority founds a space; the bureau, the lab and a law publisher join it',
    async () => {
      await authority.run(['authority', 'init', '--name', 'Demonstration space'])
      await Promise.all([bureau, lab, publisher].map((node) => admit(authority, node)))
      return 'membership credentials issued over DCP, trust list and rulebook verified'
    },
  )
}

async function initialise(node: DemoNode): Promise<void> {
  const settings = {
    name: node.title,
    'public-url': node.publicUrl,
    'public-port': String(node.publicPort),
    'management-port': String(node.managementPort),
    'development-localhost': 'true',
    'chunk-size': String(chunkSize),
    'drain-seconds': '3',
    'transfer-bytes-per-second': String(bytesPerSecond),
  }
  const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value])
  node.did = textAt((await node.run(['node', 'init', ...options])).value, 'did')
}

async function admit(authority: DemoNode, node: DemoNode): Promise<void> {
  const invitation = join(root, `${node.name}.invitation`)
  await authority.run(['member', 'invite', '--name', node.title, '--did', node.did, '--out', invitation])
  await node.run(['member', 'join', invitation])
}
