import { builtWorkers } from '../built.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { composeCopies } from '../../node/composition/copies.ts'
import { composeDatasets } from '../../node/composition/datasets.ts'
import { composeExchange } from '../../node/composition/exchange.ts'
import { composeEvaluation, composeGeneration } from '../../node/composition/generation.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { nodeDid } from '../../node/composition/node-did.ts'
import { openPorts, type Ports, type PortsOptions } from '../../node/composition/ports.ts'
import { loadSettings } from '../../node/config/load.ts'
import type { Datasets } from '../../node/datasets/operations.ts'
import type { Evaluations } from '../../node/evaluation/operations.ts'
import type { Generation } from '../../node/generation/operations.ts'
import type { Governance } from '../../node/governance/operations.ts'
import { initialiseNode } from '../../node/init-node.ts'
import type { SeedFormat, SeedImportInput, SeedSetDescription } from '../../schemas/seeds.ts'
import { SeedImport } from '../../schemas/seeds.ts'

export interface OpenedGeneration {
  readonly dataDir: string
  readonly ports: Ports
  readonly datasets: Datasets
  readonly generation: Generation
  readonly evaluations: Evaluations
  readonly governance: Governance
  importFile(content: string | Uint8Array, request: ImportOptions): Promise<SeedSetDescription>
  /** As if the process died: the queue and the database stop where they are. */
  close(): Promise<void>
}

export type ImportOptions = Omit<SeedImportInput, 'uploadId'> & { readonly format?: SeedFormat }

/** A folder with the keys and the empty store of a node; removed by `remove`. */
export async function createDataFolder(): Promise<{ dataDir: string; remove(): void }> {
  const root = mkdtempSync(join(tmpdir(), 'tanemaki-seeds-'))
  const dataDir = join(root, 'node')
  await initialiseNode(dataDir, { name: 'bureau', logLevel: 'silent', publicUrl: 'https://bureau.example' })
  return { dataDir, remove: () => rmSync(root, { recursive: true, force: true }) }
}

/** The slices of a real node over its adapters, without listeners; `overrides` inject faults at the ports. */
export async function openGeneration(
  dataDir: string,
  overrides: NonNullable<PortsOptions['overrides']> = {},
): Promise<OpenedGeneration> {
  const settings = loadSettings(dataDir)
  const ports = await openPorts({ dataDir, settings, overrides: { workers: builtWorkers, ...overrides } })
  const node = { did: nodeDid(settings), settings }
  const { ledger, startLog } = composeLedger(ports, node)
  const { identity, governance } = composeIdentity(ports, { ...node, ledger })
  const datasets = composeDatasets(ports, { settings, identity, governance, ledger })
  const needs = { settings, identity, governance, datasets }
  const exchange = composeExchange(ports, needs)
  const copies = composeCopies(ports, { ...needs, ...exchange, ledger })
  const generation = composeGeneration(ports, { datasets, copies: copies.sources })
  const evaluations = composeEvaluation(ports, { datasets, generation, governance })
  await startLog()
  await datasets.recover()
  await generation.start()
  ports.queue.start()
  return {
    dataDir,
    ports,
    datasets,
    generation,
    evaluations,
    governance,
    importFile: async (content, { format = 'csv', ...request }) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      const { uploadId } = await generation.seeds.upload(format, pieces(bytes))
      return generation.seeds.import(SeedImport.parse({ ...request, uploadId }))
    },
    close: async () => {
      await ports.queue.stop(0)
      await ledger.stop()
      ports.db.close()
    },
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007)
}
