import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { clinicCsv, clinicHeader, clinicSchema } from '../example-seeds.ts'
import { refusalOf } from '../refusal-of.ts'
import { eachTestWithANode } from '../network/generation-scene.ts'

const scene = eachTestWithANode()

/** Every byte that the node keeps on disk. */
function storedBytes(): Buffer {
  const files = readdirSync(scene.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Buffer.concat(files.map((file) => readFileSync(join(file.parentPath, file.name))))
}

describe('seeds that come in', () => {
  it('are split by unit, committed to in the ledger and described to the people of the node', async () => {
    const described = await scene.node.importFile(clinicCsv(1000), { name: 'clinic', schema: clinicSchema })
    const { training, control } = described.details ?? { training: { rows: 0 }, control: { rows: 0 } }
    expect(training.rows + control.rows).toBe(1000)
    expect(control.rows).toBeGreaterThan(400)
    expect(described.seedSet.commitment).toMatchObject({ drawnBy: 'row', controlPerMille: 500 })
    expect(described.columns.map((column) => column.provenance)).toEqual([
      ...Array.from({ length: 5 }, () => 'public'),
      'not-modelled',
    ])
    expect(await scene.node.generation.seeds.list()).toMatchObject([{ name: 'clinic', rows: 1000, unconfirmed: 0 }])
    const { seedSet } = described
    const side = await scene.node.generation.reader.side(seedSet, 'training')
    expect(side.table.rows).toBe(training.rows)
  })

  it('lie encrypted: neither rows nor inferred domains can be read from the disk', async () => {
    const canary = 'zqCanaryTown77'
    const csv = `${clinicCsv(50)}44,${canary},false,0,no,${canary}\n`
    await scene.node.importFile(csv, { name: 'inferred' })
    await scene.node.importFile(csv, { name: 'declared', schema: clinicSchema })
    expect(storedBytes().includes(canary)).toBe(false)
  })

  it('keep all rows of a unit on one side and at most as many as declared', async () => {
    const rows = Array.from({ length: 600 }, (_, at) => `h${at % 120},${at % 7}`)
    const schema = SeedSchema.parse({
      subject: 'persons',
      unit: 'household',
      rowsPerUnit: 3,
      columns: [
        { name: 'household', type: 'identifier', role: 'identifying' },
        { name: 'size', type: 'integer', domain: { min: 0, max: 9 } },
      ],
    })
    const csv = ['household,size', ...rows].join('\n')
    expect(await refusalOf(scene.node.importFile(csv, { name: 'households', schema }))).toMatchObject({
      code: 'table-invalid',
      errors: [{ path: 'line 362' }, ...Array.from({ length: 19 }, () => ({}))],
    })
    const { seedSet, details } = await scene.node.importFile(csv, { name: 'households', schema, truncate: true })
    expect(details).toMatchObject({ truncatedRows: 240 })
    const sides = await Promise.all(
      (['training', 'control'] as const).map((side) => scene.node.generation.reader.side(seedSet, side)),
    )
    expect(sides.map(({ table }) => table.rows).reduce((a, b) => a + b)).toBe(360)
    expect(sides.map(({ units }) => new Set(units).size).reduce((a, b) => a + b)).toBe(120)
  })

  it('give a domain that was read from the data only to a person who confirms it', async () => {
    const { columns } = await scene.node.importFile(clinicCsv(300), { name: 'clinic' })
    expect(columns.find(({ name }) => name === 'town')).toMatchObject({ provenance: 'read-from-data' })
    const confirmed = await scene.node.generation.seeds.change('clinic', { confirm: ['town', 'age'] })
    expect(confirmed.columns.filter(({ provenance }) => provenance === 'public').map(({ name }) => name)).toContain(
      'town',
    )
    expect(confirmed.details?.confirmed.map(({ column }) => column)).toEqual(['age', 'town'])
    expect(await refusalOf(scene.node.generation.seeds.change('clinic', { confirm: ['twon'] }))).toMatchObject({
      code: 'not-found',
    })
  })

  it('take an edited schema only when every stored row fits it', async () => {
    const first = await scene.node.importFile(clinicCsv(300), { name: 'clinic', schema: clinicSchema })
    const columns = (max: number) =>
      clinicSchema.columns.map((column) =>
        column.type === 'integer' ? { ...column, domain: { ...column.domain, max } } : column,
      )
    const narrower = { ...clinicSchema, columns: columns(30) }
    expect(await refusalOf(scene.node.generation.seeds.change('clinic', { schema: narrower }))).toMatchObject({
      code: 'table-invalid',
      errors: [{ path: 'column "age"' }],
    })
    const wider = { ...clinicSchema, columns: columns(120) }
    const changed = await scene.node.generation.seeds.change('clinic', { schema: wider })
    expect(changed.seedSet).toMatchObject({ detailsVersion: 2, commitment: first.seedSet.commitment })
  })

  it('survive a restart, and half imports do not', async () => {
    await scene.node.importFile(clinicCsv(100), { name: 'clinic', schema: clinicSchema })
    await scene.node.ports.blobs.write(
      'seeds/0b0b0b0b-0000-4000-8000-000000000000/training/000000000',
      new Uint8Array(9),
    )
    await scene.node.ports.blobs.write('seeds-importing/x/training/0', new Uint8Array(9))
    await scene.restart()
    expect((await scene.node.generation.seeds.describe('clinic')).details?.schema).toEqual(clinicSchema)
    expect(await scene.node.ports.blobs.list('seeds-importing')).toEqual([])
    expect((await scene.node.ports.blobs.list('seeds')).filter((path) => path.includes('0b0b0b0b'))).toEqual([])
  })
})

describe('a seed set that is erased', () => {
  it('leaves its commitment and budget and nothing of its content', async () => {
    const { seedSet } = await scene.node.importFile(clinicCsv(100), { name: 'clinic', schema: clinicSchema })
    const report = await scene.node.generation.seeds.erase('clinic')
    expect(report.remains.join(' ')).toContain(seedSet.commitment.root)
    expect(await scene.node.ports.blobs.list('seeds')).toEqual([])
    const after = await scene.node.generation.seeds.describe('clinic')
    expect(after).toMatchObject({ seedSet: { state: 'erased', commitment: seedSet.commitment } })
    expect(after.details).toBeUndefined()
    expect(await refusalOf(scene.node.generation.seeds.erase('clinic'))).toMatchObject({ code: 'conflict' })
    await scene.node.importFile(clinicCsv(100), { name: 'clinic', schema: clinicSchema })
  })
})

describe('seeds that cannot come in', () => {
  const good = clinicCsv(30)
  const cases: readonly { what: string; content: string | Uint8Array; path?: string; detail?: RegExp }[] = [
    { what: 'a wrong type', content: `${good}old,Mito,true,0,no,x\n`, path: 'line 32, column "age"' },
    { what: 'a value outside the domain', content: `${good}140,Mito,true,0,no,x\n`, path: 'line 32, column "age"' },
    { what: 'a missing value', content: `${good}14,Mito,,0,no,x\n`, path: 'line 32, column "smoker"' },
    { what: 'a ragged row', content: `${good}14,Mito\n`, path: 'line 32' },
    { what: 'no rows', content: `${clinicHeader}\n`, detail: /no rows/ },
    { what: 'nothing at all', content: '', detail: /empty/ },
    { what: 'a missing column', content: good.replace('smoker', 'smokes'), path: 'column "smoker"' },
    { what: 'another delimiter', content: good.replaceAll(',', ';'), detail: /separated by ";"/ },
    {
      what: 'Shift_JIS',
      content: Buffer.concat([
        Buffer.from(`${clinicHeader}\n14,`),
        Buffer.from([0x90, 0x85, 0x8c, 0xcb, 0x8e, 0x73]),
        Buffer.from(',true,0,no,x\n'),
      ]),
      detail: /Shift_JIS/,
    },
    { what: 'UTF-16', content: Buffer.from(`\uFEFF${good}`, 'utf16le'), detail: /UTF-16/ },
  ]
  for (const { what, content, path, detail } of cases) {
    it(`because of ${what} leave no trace`, async () => {
      const refusal = await refusalOf(scene.node.importFile(content, { name: 'clinic', schema: clinicSchema }))
      expect(refusal.code).toBe('table-invalid')
      if (path !== undefined) expect(refusal.errors?.[0]?.path).toBe(path)
      if (detail !== undefined) expect(refusal.detail).toMatch(detail)
      expect(JSON.stringify(refusal)).not.toMatch(/old|140/)
      expect(await scene.node.generation.seeds.list()).toEqual([])
      for (const place of ['seeds', 'seeds-importing', 'seeds-uploads']) {
        expect(await scene.node.ports.blobs.list(place)).toEqual([])
      }
    })
  }

  it('say so when an inferred file has one column', async () => {
    const refusal = await refusalOf(scene.node.importFile('a\n1\n2\n', { name: 'one' }))
    expect(refusal).toMatchObject({ code: 'table-invalid', detail: expect.stringContaining('one column') })
  })

  it('come in with a byte order mark, which is not part of the first name', async () => {
    const { details } = await scene.node.importFile(`\uFEFF${good}`, { name: 'marked', schema: clinicSchema })
    expect(details?.ignoredColumns).toEqual([])
  })

  it('need another name when theirs is taken', async () => {
    await scene.node.importFile(good, { name: 'clinic', schema: clinicSchema })
    expect(await refusalOf(scene.node.importFile(good, { name: 'clinic', schema: clinicSchema }))).toMatchObject({
      code: 'conflict',
    })
    expect(await scene.node.generation.seeds.list()).toHaveLength(1)
  })

  it('come as JSON Lines as well', async () => {
    const lines = Array.from({ length: 60 }, (_, at) => JSON.stringify({ a: at % 9, b: at % 2 === 0, c: null }))
    const { columns } = await scene.node.importFile(lines.join('\n'), { name: 'lines', format: 'jsonl' })
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual(['a integer', 'b boolean', 'c text'])
  })
})
