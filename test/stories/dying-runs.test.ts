import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Blobs } from '../../node/ports/blobs.ts'
import type { Workers } from '../../node/ports/workers.ts'
import { builtWorkers } from '../built.ts'
import type { Run } from '../../schemas/seeds.ts'
import { clinicCsv, clinicRecipe, clinicSchema } from '../example-seeds.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from '../network/open-generation.ts'

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

const importClinic = () => node.importFile(clinicCsv(2000), { name: 'clinic', schema: clinicSchema })

const atEnd = (run: Run) => node.generation.runs.follow(run.id, { onProgress: () => {} })
const ledger = async () => (await node.generation.seeds.describe('clinic')).ledger

/** Stops the node where it stands and starts it on the same folder. */
async function restart(overrides: Parameters<typeof openGeneration>[1] = {}) {
  await node.close()
  node = await openGeneration(folder.dataDir, overrides)
}

/** Until the fault that a test injected has struck. */
async function until(struck: () => boolean) {
  while (!struck()) await new Promise((resolve) => setTimeout(resolve, 10))
}

describe('a node that dies during a run', () => {
  /** Never comes back from this step: what a power cut looks like from inside. */
  const never = () => new Promise<never>(() => {})

  it('before the measurements are stored, measures under the charge that was made', async () => {
    await importClinic()
    let struck = false
    const workers: Workers = {
      run: async (task, input, options) => {
        if (task !== 'measure') return builtWorkers.run(task, input, options)
        struck = true
        return never()
      },
    }
    await restart({ workers })
    const run = await node.generation.runs.start({ recipe: clinicRecipe() })
    await until(() => struck)
    expect(await ledger()).toHaveLength(1)
    await restart()
    expect(await atEnd(run)).toMatchObject({ state: 'completed' })
    expect(await ledger()).toHaveLength(1)
  })

  it('after the measurements are stored and before anyone knows, uses them and never measures again', async () => {
    await importClinic()
    let struck = false
    const plain = node.ports.blobs
    const blobs: Blobs = {
      ...plain,
      write: async (path, content) => {
        const written = await plain.write(path, content)
        if (!path.startsWith('runs/')) return written
        struck = true
        return never()
      },
    }
    await restart({ blobs })
    const run = await node.generation.runs.start({ recipe: clinicRecipe() })
    await until(() => struck)
    const tasks: string[] = []
    const workers: Workers = {
      run: (task, input, options) => {
        tasks.push(task)
        return builtWorkers.run(task, input, options)
      },
    }
    await restart({ workers })
    expect(await atEnd(run)).toMatchObject({ state: 'completed' })
    expect(tasks).toEqual(['sample', 'package'])
    expect(await ledger()).toHaveLength(1)
  })

  it('while it samples or packages, makes one dataset in the end', async () => {
    await importClinic()
    for (const at of ['sample', 'package']) {
      let struck = false
      const workers: Workers = {
        run: async (task, input, options) => {
          if (task !== at) return builtWorkers.run(task, input, options)
          struck = true
          return never()
        },
      }
      await restart({ workers })
      const run = await node.generation.runs.start({ recipe: clinicRecipe(), dataset: { name: at, version: '1.0.0' } })
      await until(() => struck)
      await restart()
      expect(await atEnd(run)).toMatchObject({ state: 'completed' })
    }
    expect(await node.datasets.list()).toHaveLength(2)
    expect(await ledger()).toHaveLength(2)
  })
})
