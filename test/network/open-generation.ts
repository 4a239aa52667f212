import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { composeGeneration } from '../../node/composition/generation.ts'
import { openPorts, type Ports, type PortsOptions } from '../../node/composition/ports.ts'
import { loadSettings } from '../../node/config/load.ts'
import { createDatasets, type Datasets } from '../../node/datasets/operations.ts'
import type { Generation } from '../../node/generation/operations.ts'
import { initialiseNode } from '../../node/init-node.ts'
import type { SeedFormat, SeedImportInput, SeedSetDescription } from '../../schemas/seeds.ts'
import { SeedImport } from '../../schemas/seeds.ts'

export interface OpenedGeneration {
  readonly dataDir: string
  readonly ports: Ports
  readonly datasets: Datasets
  readonly generation: Generation
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

/** The slices that make datasets from seeds, over the adapters of a real node; `overrides` inject faults at the ports. */
export async function openGeneration(
  dataDir: string,
  overrides: NonNullable<PortsOptions['overrides']> = {},
): Promise<OpenedGeneration> {
  const settings = loadSettings(dataDir)
  const ports = await openPorts({ dataDir, settings, overrides })
  const datasets = createDatasets({
    ...ports,
    store: createDatasetsStore(ports.db, ports.clock),
    node: { name: 'bureau', publicUrl: settings.publicUrl, logOrigin: 'bureau/log', chunkSize: 16_384 },
    identity: notNeeded('identity'),
    governance: notNeeded('governance'),
  })
  const generation = composeGeneration(ports, datasets)
  await datasets.recover()
  await generation.start()
  ports.queue.start()
  return {
    dataDir,
    ports,
    datasets,
    generation,
    importFile: async (content, { format = 'csv', ...request }) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content
      const { uploadId } = await generation.seeds.upload(format, pieces(bytes))
      return generation.seeds.import(SeedImport.parse({ ...request, uploadId }))
    },
    close: async () => {
      await ports.queue.stop(0)
      ports.db.close()
    },
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 10_007) yield bytes.subarray(at, at + 10_007)
}

/** Making a draft asks neither who we are nor what the rules are; a call fails the test. */
function notNeeded<Slice extends object>(name: string): Slice {
  return new Proxy({} as Slice, {
    get: () => {
      throw new Error(`${name} is not needed to make a draft`)
    },
  })
}
