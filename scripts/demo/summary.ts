import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { PulledCopy } from './pull.ts'
import { type Story, root, textAt } from './story.ts'
import type { DemoNode } from './tanemaki-process.ts'

interface Told {
  readonly datasetId: string
  readonly agreementId: string
  readonly copy: PulledCopy
  readonly bundlePath: string
}

/** `.demo/summary.json`: where everything is, for people and for programs that check it. */
export async function writeSummary({ timeline, nodes }: Story, told: Told): Promise<void> {
  const described = await Promise.all(nodes.map(async (node) => [node.name, await describe(node)] as const))
  const summary = {
    nodes: Object.fromEntries(described),
    dataset: { id: told.datasetId, manifestId: told.copy.manifestId, rows: told.copy.records },
    agreementId: told.agreementId,
    copyPath: told.copy.path,
    bundlePath: told.bundlePath,
    seconds: { ...timeline.seconds, total: timeline.total },
  }
  writeFileSync(join(root, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`)
}

async function describe(node: DemoNode): Promise<Readonly<Record<string, unknown>>> {
  const { value } = await node.run(['ledger', 'show'])
  return {
    did: node.did,
    publicUrl: node.publicUrl,
    managementUrl: `http://127.0.0.1:${node.managementPort}`,
    dataDir: resolve(node.dataDir),
    pid: node.pid,
    ledgerDir: resolve(node.dataDir, 'files/ledger'),
    ledgerOrigin: textAt(value, 'origin'),
    ledgerVkey: textAt(value, 'vkey'),
  }
}
