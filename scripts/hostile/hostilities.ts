import { mkdirSync, rmSync } from 'node:fs'
import { createApiClient } from '../../node/cli/api-client.ts'
import { processesBetween } from '../../test/hostile/scene.ts'
import type { Target } from '../../test/hostile/storm.ts'
import { type Site, voiceOf } from '../../test/network/exchange-helpers.ts'
import { type DemoNode, freePorts } from '../demo/tanemaki-process.ts'
import { MEASURABLE } from './node-memory.ts'
import { joinSpace, startedNode } from '../faults/exchange-pair.ts'

type Process = Site & { readonly pid: number; readonly logFile: string }

/** Four nodes as processes of their own; two of them have processes with each other in every state. */
export interface Hostilities extends AsyncDisposable {
  readonly bureau: Process
  readonly lab: Process
  readonly target: Target
}

export async function openHostilities(root: string): Promise<Hostilities> {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  process.env['NODE_OPTIONS'] = MEASURABLE
  const nodes: DemoNode[] = []
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()))
  }
  try {
    const ports = await freePorts(17_700, 8)
    for (const [at, name] of ['authority', 'bureau', 'lab', 'rival'].entries()) {
      nodes.push(await startedNode({ name, root, settings: [] }, ports.slice(2 * at, 2 * at + 2)))
    }
    const [authority, ...members] = nodes
    if (authority === undefined) throw new Error('the first node is the authority')
    await authority.run(['authority', 'init', '--name', 'Hostile'])
    for (const node of members) await joinSpace(authority, node, root)
    const [bureau, lab, rival] = members.map(siteOf)
    if (bureau === undefined || lab === undefined || rival === undefined) throw new Error('three members')
    const voices = await Promise.all([bureau, lab, rival].map(async (site) => ({ site, ...(await voiceOf(site)) })))
    const target = { live: await processesBetween(bureau, lab), speakers: voices, stranger: rival }
    return {
      bureau,
      lab,
      target,
      [Symbol.asyncDispose]: async () => {
        for (const voice of voices) voice.close()
        await stop()
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function siteOf(node: DemoNode): Process {
  const { name, dataDir, publicUrl, did, pid } = node
  return { name, dataDir, publicUrl, did, pid, logFile: `${dataDir}.log`, api: createApiClient(dataDir) }
}
