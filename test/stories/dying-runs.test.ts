import { describe, expect, it } from 'vitest'
import type { Blobs } from '../../node/ports/blobs.ts'
import type { Workers } from '../../node/ports/workers.ts'
import { builtWorkers } from '../built.ts'
import { clinicRecipe } from '../example-seeds.ts'
import { eachTestWithANode, until } from '../network/generation-scene.ts'

const scene = eachTestWithANode()
const { restart, importClinic, atEnd, ledger } = scene

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
    const run = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
    await until(() => struck)
    expect(await ledger()).toHaveLength(1)
    await restart()
    expect(await atEnd(run)).toMatchObject({ state: 'completed' })
    expect(await ledger()).toHaveLength(1)
  })

  it('after the measurements are stored and before anyone knows, uses them and never measures again', async () => {
    await importClinic()
    let struck = false
    const plain = scene.node.ports.blobs
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
    const run = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
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
      const run = await scene.node.generation.runs.start({
        recipe: clinicRecipe(),
        dataset: { name: at, version: '1.0.0' },
      })
      await until(() => struck)
      await restart()
      expect(await atEnd(run)).toMatchObject({ state: 'completed' })
    }
    expect((await scene.node.datasets.list()).records).toHaveLength(2)
    expect(await ledger()).toHaveLength(2)
  })
})
