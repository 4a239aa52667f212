import { afterEach, beforeEach } from 'vitest'
import type { Run } from '../../schemas/runs.ts'
import { clinicCsv, clinicSchema } from '../example-seeds.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from './open-generation.ts'

/** A node with a data folder of its own for every test of the file that calls this. */
export function eachTestWithANode() {
  let folder: Awaited<ReturnType<typeof createDataFolder>>
  let node: OpenedGeneration
  beforeEach(async () => {
    folder = await createDataFolder()
    node = await openGeneration(folder.dataDir)
  })
  afterEach(async () => {
    await node.close()
    folder.remove()
  })
  return {
    get node() {
      return node
    },
    get dataDir() {
      return folder.dataDir
    },
    /** Stops the node where it stands and starts it on the same folder. */
    restart: async (overrides: Parameters<typeof openGeneration>[1] = {}) => {
      await node.close()
      node = await openGeneration(folder.dataDir, overrides)
    },
    importClinic: () => node.importFile(clinicCsv(2000), { name: 'clinic', schema: clinicSchema }),
    atEnd: (run: Run) => node.generation.runs.follow(run.id, { onProgress: () => {} }),
    ledger: async () => (await node.generation.seeds.describe('clinic')).ledger,
  }
}

/** Until the fault that a test injected has struck. */
export async function until(struck: () => boolean): Promise<void> {
  while (!struck()) await new Promise((resolve) => setTimeout(resolve, 10))
}
