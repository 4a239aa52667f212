import { createNode } from './create-node.ts'
import { loadSettings } from './config/load.ts'

/** Runs the node in `dataDir` until SIGINT or SIGTERM, then drains it. */
export async function startNode(dataDir: string): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await using node = await createNode({ dataDir, settings: loadSettings(dataDir) })
  node.log.info('node-ready', { did: node.did, publicPort: node.publicPort, managementPort: node.managementPort })
  await stopped
  node.log.info('node-stopping')
}
