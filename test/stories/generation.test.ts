import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Workers } from '../../node/ports/workers.ts'
import { builtWorkers } from '../built.ts'
import { openRawTable } from '../../node/adapters/tabular/open-raw-table.ts'
import { columnOf, type Table } from '../../protocol/generation/table.ts'
import { readMeasurements } from '../../node/generation/tables/measurements-file.ts'
import { clinicCsv, clinicRecipe, clinicSchema } from '../example-seeds.ts'
import { refusalOf } from '../refusal-of.ts'
import { eachTestWithANode, until } from '../network/generation-scene.ts'

const scene = eachTestWithANode()
const { restart, importClinic, atEnd, ledger } = scene

describe('a run', () => {
  it('goes from seeds to a packaged dataset that says where it comes from', async () => {
    const { seedSet } = await importClinic()
    const phases = new Set<string>()
    const run = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
    const done = await scene.node.generation.runs.follow(run.id, {
      onProgress: ({ phase, run: now }) => phases.add(phase ?? now.state),
    })
    expect(done).toMatchObject({ state: 'completed', charged: true, measured: true })
    expect([...phases]).toEqual(
      expect.arrayContaining(['measuring', 'measure', 'measured', 'sample', 'package', 'completed']),
    )
    const dataset = await scene.node.datasets.find('clinic-synthetic')
    expect(dataset).toMatchObject({
      state: 'draft',
      records: 500,
      subject: 'persons',
      source: { kind: 'run', runId: run.id },
      provenance: {
        seedCommitment: seedSet.commitment.root,
        privacy: { epsilon: '1', delta: '0.000001', unit: 'row' },
      },
    })
    expect(dataset.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'age int32',
      'town string',
      'smoker boolean',
      'cost decimal',
      'ill string',
    ])
    expect(await ledger()).toMatchObject([{ runId: run.id, epsilon: '1' }])
    expect(await scene.node.generation.runs.claim(run.id)).toMatchObject({
      epsilon: '1',
      domain: 'public',
      rowsConstant: true,
    })
  })

  it('gives the same rows again from its measurements and seed, which is free', async () => {
    await importClinic()
    const run = await atEnd(await scene.node.generation.runs.start({ recipe: clinicRecipe() }))
    const stored = await readMeasurements(scene.node.ports, run.id)
    if (stored === undefined) throw new Error('the run stored no measurements')
    const sample = () =>
      scene.node.ports.workers.run<Table>('sample', {
        schema: stored.schema,
        recipe: stored.recipe,
        measurements: stored.measurements,
        runSeed: Uint8Array.from(Buffer.from(stored.runSeed, 'hex')),
      })
    const again = await sample()
    const { id } = await scene.node.datasets.find('clinic-synthetic')
    const [part = ''] = await scene.node.datasets.partPaths(id)
    const published: unknown[] = []
    for await (const { rows } of (await openRawTable(part, 'parquet')).batches())
      published.push(...rows.map(([age]) => age))
    expect([...columnOf(again, 'age')]).toEqual(published)
    expect(await sample()).toEqual(again)
    expect(await ledger()).toHaveLength(1)
  })

  it('makes files that come in again as seeds, as Parquet', async () => {
    await importClinic()
    await atEnd(await scene.node.generation.runs.start({ recipe: clinicRecipe() }))
    const { id } = await scene.node.datasets.find('clinic-synthetic')
    const [part = ''] = await scene.node.datasets.partPaths(id)
    const schema = { ...clinicSchema, columns: clinicSchema.columns.filter(({ type }) => type !== 'text') }
    const { details } = await scene.node.importFile(readFileSync(part), { name: 'again', format: 'parquet', schema })
    expect((details?.training.rows ?? 0) + (details?.control.rows ?? 0)).toBe(500)
    const refusal = refusalOf(scene.node.importFile('no parquet', { name: 'text', format: 'parquet', schema }))
    expect(await refusal).toMatchObject({ code: 'table-invalid' })
  })

  it('is refused when it would pass the cap, and nothing is charged for it', async () => {
    await scene.node.importFile(clinicCsv(2000), {
      name: 'clinic',
      schema: clinicSchema,
      cap: { epsilon: '1.2', delta: '1e-6' },
    })
    await atEnd(await scene.node.generation.runs.start({ recipe: clinicRecipe() }))
    const again = { recipe: clinicRecipe(), dataset: { name: 'second', version: '1.0.0' } }
    expect(await refusalOf(scene.node.generation.runs.start(again))).toMatchObject({ code: 'budget-exceeded' })
    const preview = await scene.node.generation.runs.preview(clinicRecipe())
    expect(preview).toMatchObject({ kind: 'dp-table', fits: false, budget: { runs: 1 } })
    expect(Number('budget' in preview ? preview.budget.epsilonRemaining : 0)).toBeGreaterThan(0)
    expect(await ledger()).toHaveLength(1)
  })

  it('is refused before it costs anything when its dataset exists or another run is making it', async () => {
    await importClinic()
    const first = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
    const taken = { code: 'conflict', hint: 'Give the new one another version or name.' }
    expect(await refusalOf(scene.node.generation.runs.start({ recipe: clinicRecipe() }))).toMatchObject(taken)
    await atEnd(first)
    expect(await refusalOf(scene.node.generation.runs.start({ recipe: clinicRecipe() }))).toMatchObject(taken)
    expect(await ledger()).toHaveLength(1)
  })

  it('adds to the budget of runs before it, when two want the last of it at the same time', async () => {
    await scene.node.importFile(clinicCsv(2000), {
      name: 'clinic',
      schema: clinicSchema,
      cap: { epsilon: '1.2', delta: '1e-6' },
    })
    const runs = await Promise.all(
      ['a', 'b'].map((name) =>
        scene.node.generation.runs.start({ recipe: clinicRecipe(), dataset: { name, version: '1.0.0' } }),
      ),
    )
    const ends = await Promise.all(runs.map(atEnd))
    expect(ends.map(({ state }) => state).toSorted()).toEqual(['completed', 'failed'])
    expect(ends.find(({ state }) => state === 'failed')?.error).toContain('privacy budget')
    expect(await ledger()).toHaveLength(1)
  })

  it('does not start over domains that were read from the data, until a person confirms them', async () => {
    await scene.node.importFile(clinicCsv(2000), { name: 'clinic' })
    const only = clinicRecipe({ columns: ['age', 'town', 'ill'] })
    expect(await refusalOf(scene.node.generation.runs.start({ recipe: only }))).toMatchObject({
      code: 'domain-not-public',
    })
    expect(await scene.node.generation.runs.preview(only)).toMatchObject({ fits: false })
    await scene.node.generation.seeds.change('clinic', { confirm: ['age', 'town', 'ill'] })
    expect(await atEnd(await scene.node.generation.runs.start({ recipe: only }))).toMatchObject({ state: 'completed' })
  })

  it('names the unknown column of a recipe and the one that was meant', async () => {
    await importClinic()
    expect(
      await refusalOf(scene.node.generation.runs.start({ recipe: clinicRecipe({ columns: ['agee', 'ill'] }) })),
    ).toMatchObject({
      code: 'recipe-invalid',
      errors: [{ path: 'columns.0', message: expect.stringContaining('"age"') }],
    })
  })

  it('that is cancelled in the queue costs nothing; one that measured keeps its charge and can be resumed', async () => {
    await importClinic()
    let measuring = false
    const workers: Workers = {
      run: (task, input, options) => {
        if (task !== 'measure' || measuring) return builtWorkers.run(task, input, options)
        measuring = true
        return new Promise((_, reject) => {
          options?.signal?.addEventListener('abort', () =>
            reject(new Error('ended', { cause: options.signal?.reason })),
          )
        })
      },
    }
    await restart({ workers })
    const first = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
    const second = await scene.node.generation.runs.start({
      recipe: clinicRecipe(),
      dataset: { name: 'other', version: '1.0.0' },
    })
    await until(() => measuring)
    expect(await scene.node.generation.runs.cancel(second.id)).toMatchObject({ state: 'cancelled', charged: false })
    expect(await scene.node.generation.runs.cancel(first.id)).toMatchObject({ state: 'cancelled', charged: true })
    await scene.node.ports.queue.settle()
    expect(await ledger()).toHaveLength(1)
    const resumed = await scene.node.generation.runs.resume(first.id)
    expect(await atEnd(resumed)).toMatchObject({ state: 'completed' })
    expect(await ledger()).toHaveLength(1)
  })
})

describe('seeds under a run', () => {
  it('are not erased while it reads them, and take its measurements with them afterwards', async () => {
    await importClinic()
    const run = await scene.node.generation.runs.start({ recipe: clinicRecipe() })
    expect(await refusalOf(scene.node.generation.seeds.erase('clinic'))).toMatchObject({ code: 'conflict' })
    await atEnd(run)
    await scene.node.generation.seeds.erase('clinic')
    expect(await scene.node.ports.blobs.list('runs')).toEqual([])
    expect(await refusalOf(scene.node.generation.runs.start({ recipe: clinicRecipe() }))).toMatchObject({
      code: 'conflict',
    })
    expect((await scene.node.generation.seeds.describe('clinic')).ledger).toHaveLength(1)
  })
})
