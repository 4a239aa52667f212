import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRawTable } from '../../node/adapters/tabular/open-raw-table.ts'
import type { LogFields } from '../../node/telemetry/logger.ts'
import type { DatasetDraftInput } from '../../schemas/datasets.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { clinicCsv, clinicRecipe, clinicSchema } from '../example-seeds.ts'
import { refusalOf } from '../refusal-of.ts'
import { createDataFolder, openGeneration, type OpenedGeneration } from '../network/open-generation.ts'

let folder: Awaited<ReturnType<typeof createDataFolder>>
let node: OpenedGeneration
let log: string[]

beforeEach(async () => {
  folder = await createDataFolder()
  log = []
  const write = (event: string, fields: LogFields = {}) => void log.push(JSON.stringify({ event, ...fields }))
  node = await openGeneration(folder.dataDir, { log: { info: write, warn: write, error: write } })
  await node.governance.found({ name: 'Clinics' })
})
afterEach(async () => {
  await node.close()
  folder.remove()
})

async function generate(rows = 5000) {
  const recipe = clinicRecipe({ rows })
  const run = await node.generation.runs.start({ recipe })
  const done = await node.generation.runs.follow(run.id, { onProgress: () => {} })
  if (done.datasetId === undefined) throw new Error(`the run ended ${done.state}`)
  return node.datasets.find(done.datasetId)
}

async function madeByHand(draft: Pick<DatasetDraftInput, 'subject'> & Partial<DatasetDraftInput>) {
  const path = join(folder.dataDir, 'by-hand.csv')
  writeFileSync(path, 'year,count\n2020,3\n2021,4\n')
  return node.datasets.create({
    draft: {
      name: 'by-hand',
      title: 'By hand',
      description: 'Made by hand',
      columns: [
        { name: 'year', type: 'int32' },
        { name: 'count', type: 'int32' },
      ],
      ...draft,
    },
    source: { kind: 'file' },
    provenance: {},
    table: { kind: 'file', path, format: 'csv' },
  })
}

const verdicts = (gates: readonly { gate: string; verdict: string }[]) =>
  Object.fromEntries(gates.map(({ gate, verdict }) => [gate, verdict]))

describe('evaluation of a generated dataset', () => {
  it('measures the files against both sides of the seeds and keeps the full report to itself', async () => {
    await node.importFile(clinicCsv(12_000), { name: 'clinic', schema: clinicSchema })
    const dataset = await generate()
    const phases = new Set<string>()
    const { evaluation, report, attempt } = await node.evaluations.evaluate(dataset.name, {
      onProgress: ({ phase }) => phases.add(phase),
    })
    expect([...phases]).toEqual(expect.arrayContaining(['read', 'G1', 'Q1', 'Q3']))
    expect(attempt).toBe(1)
    expect(verdicts(report.gates)).toMatchObject({ G0: 'pass', G11: 'pass', Q1: 'pass', Q3: 'pass' })
    expect(evaluation.datasetRoot).toBe(dataset.datasetRoot)
    expect(await node.datasets.find(dataset.id)).toMatchObject({ state: 'evaluated', evaluation })
    const document = await node.datasets.document(evaluation.publicReport.sha256)
    expect(JSON.parse(readFileSync(document?.path ?? '', 'utf8'))).toEqual(report)
    const full = await node.evaluations.fullReport(dataset.id)
    expect(full?.rows.training).toBeGreaterThan(5000)
    expect(JSON.stringify(report)).not.toContain(String(full?.rows.training))
  })

  it('gives the same numbers again and counts that it was asked', async () => {
    await node.importFile(clinicCsv(4000), { name: 'clinic', schema: clinicSchema })
    const dataset = await generate()
    const first = await node.evaluations.evaluate(dataset.id)
    const second = await node.evaluations.evaluate(dataset.id)
    expect([first.attempt, second.attempt]).toEqual([1, 2])
    expect(second.report.gates).toEqual(first.report.gates)
  })

  it('finds too little evidence in a small control set and blocks', async () => {
    await node.importFile(clinicCsv(300), { name: 'clinic', schema: clinicSchema })
    const { evaluation, report } = await node.evaluations.evaluate((await generate(1000)).id)
    expect(verdicts(report.gates)).toMatchObject({ G0: 'insufficient-evidence' })
    expect(evaluation.verdict).not.toBe('pass')
    expect(evaluation.reasons.join()).toContain('G0')
  })

  it('refuses files that are not the ones that were packaged', async () => {
    await node.importFile(clinicCsv(4000), { name: 'clinic', schema: clinicSchema })
    const dataset = await generate()
    const [part = ''] = await node.datasets.partPaths(dataset.id)
    const bytes = readFileSync(part)
    bytes[40] = (bytes[40] ?? 0) ^ 1
    writeFileSync(part, bytes)
    expect(await refusalOf(node.evaluations.evaluate(dataset.id))).toMatchObject({ code: 'conflict' })
  })

  it('fails closed when the seeds are gone', async () => {
    await node.importFile(clinicCsv(4000), { name: 'clinic', schema: clinicSchema })
    const dataset = await generate()
    await node.generation.seeds.erase('clinic')
    const { evaluation, report } = await node.evaluations.evaluate(dataset.id)
    expect(verdicts(report.gates)).toMatchObject({ G0: 'insufficient-evidence' })
    expect(evaluation.verdict).not.toBe('pass')
  })
})

describe('evaluation of a dataset made by hand', () => {
  it('asks public data for validity alone and says why', async () => {
    const dataset = await madeByHand({ subject: 'public' })
    const { evaluation, report } = await node.evaluations.evaluate(dataset.id)
    expect(evaluation.verdict).toBe('pass')
    expect(verdicts(report.gates)).toMatchObject({ G0: 'not-applicable', G1: 'not-applicable', Q3: 'pass' })
  })

  it('fails closed for persons and organisations without seeds', async () => {
    for (const [at, subject] of (['persons', 'organisation'] as const).entries()) {
      const dataset = await madeByHand({ subject, version: `1.0.${at}` })
      const { evaluation, report } = await node.evaluations.evaluate(dataset.id)
      expect(evaluation.verdict).not.toBe('pass')
      expect(verdicts(report.gates)).toMatchObject({ G0: 'insufficient-evidence' })
    }
  })

  it('does not believe that rows made elsewhere never saw the control set', async () => {
    await node.importFile(clinicCsv(4000), { name: 'clinic', schema: clinicSchema })
    const dataset = await madeByHand({ subject: 'persons', seedSet: 'clinic' })
    const { report } = await node.evaluations.evaluate(dataset.id)
    expect(verdicts(report.gates)).toMatchObject({ G0: 'fail', Q3: 'fail' })
  })
})

describe('a canary in a seed row', () => {
  const canary = 'zqCanary77'

  it('is found nowhere outside the sealed rows: not on disk, in logs, refusals, reports, descriptions or rows', async () => {
    const planted = `44,${canary},false,0,no,${canary}\n`
    const refusals: unknown[] = []
    const bad = `${clinicCsv(20)}${canary},Mito,true,0,no,x\n`
    refusals.push(await refusalOf(node.importFile(bad, { name: 'bad', schema: clinicSchema })))
    refusals.push(
      await refusalOf(node.importFile(`${clinicCsv(20)}${canary}\n`, { name: 'ragged', schema: clinicSchema })),
    )
    await node.importFile(`${clinicCsv(20)}${planted}`, { name: 'inferred' })
    const narrower = SeedSchema.parse({
      ...clinicSchema,
      columns: clinicSchema.columns.map((column) =>
        column.name === 'town' ? { ...column, domain: { categories: ['Mito'] } } : column,
      ),
    })
    await node.importFile(`${clinicCsv(12_000)}${planted}`, { name: 'clinic', schema: clinicSchema })
    refusals.push(await refusalOf(node.generation.seeds.change('clinic', { schema: narrower })))
    const dataset = await generate()
    const { report } = await node.evaluations.evaluate(dataset.id)
    const record = await node.datasets.find(dataset.id)
    for (const text of [JSON.stringify([refusals, report, record]), log.join('\n')]) expect(text).not.toContain(canary)
    const files = readdirSync(folder.dataDir, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    )
    for (const file of files) {
      expect(readFileSync(join(file.parentPath, file.name)).includes(canary), file.name).toBe(false)
    }
    for (const path of await node.datasets.partPaths(dataset.id)) {
      for await (const { rows } of (await openRawTable(path, 'parquet')).batches()) {
        expect(rows.flat().includes(canary)).toBe(false)
      }
    }
  })
})
