import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clinicCsv, clinicSchema } from '../example-seeds.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { tanemaki } from '../run-command.ts'

let network: Network
let folder: string

beforeAll(async () => {
  network = await createNetwork(['bureau'])
  folder = network.node('bureau').dataDir
  writeFileSync(join(folder, 'clinic.csv.gz'), gzipSync(clinicCsv(3000)))
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(clinicSchema))
})
afterAll(async () => network[Symbol.asyncDispose]())

const run = (...args: string[]) => tanemaki(['--data', folder, ...args])
const path = (name: string) => join(folder, name)

function writeRecipe(name: string, lines: readonly string[]): string {
  writeFileSync(path(name), `${lines.join('\n')}\n`)
  return path(name)
}

const valid = ['kind: dp-table', 'name: clinic-synthetic', 'seedSet: clinic', 'epsilon: 1', 'delta: 1e-6', 'rows: 400']

describe('the way from a file to a dataset on the command line', () => {
  it('imports, previews, runs and shows, for people and for machines', async () => {
    const imported = await run(
      'seeds',
      'import',
      path('clinic.csv.gz'),
      '--name',
      'clinic',
      '--schema',
      path('schema.json'),
    )
    expect(imported).toMatchObject({ code: 0, error: '' })
    expect(imported.out).toContain('remark  text         other             ')
    const recipe = writeRecipe('recipe.yaml', valid)
    expect(await run('recipe', 'check', recipe, '--schema', path('schema.json'))).toMatchObject({ code: 0 })
    const preview = await run('--json', 'recipe', 'preview', recipe)
    expect(JSON.parse(preview.out)).toMatchObject({ fits: true, rows: 400, budget: { runs: 0 } })
    const started = await run('--json', 'run', 'start', recipe, '--title', 'Visits')
    expect(JSON.parse(started.out)).toMatchObject({ state: 'completed', charged: true })
    expect((await run('run', 'list')).out).toContain('completed')
    expect((await run('seeds', 'list')).out).toContain('3000')
    const erased = await run('seeds', 'erase', 'clinic', '--yes')
    expect(erased.out).toContain('remains')
    expect(JSON.parse((await run('--json', 'seeds', 'list')).out)).toMatchObject({
      seedSets: [{ state: 'erased' }],
    })
  })
})

describe('input that the command line refuses', () => {
  const recipes: readonly { what: string; lines: readonly string[]; says: string }[] = [
    { what: 'a misspelt member', lines: [...valid, 'epsilonn: 2'], says: 'did you mean "epsilon"?' },
    {
      what: 'an epsilon of zero',
      lines: valid.map((line) => (line.startsWith('epsilon') ? 'epsilon: 0' : line)),
      says: 'epsilon: must be above 0',
    },
    { what: 'no number of rows', lines: valid.filter((line) => !line.startsWith('rows')), says: 'rows' },
    { what: 'an unknown column', lines: [...valid, 'columns: [agee, ill]'], says: 'did you mean "age"?' },
  ]
  for (const { what, lines, says } of recipes) {
    it(`names ${what} in a recipe, without a node`, async () => {
      const recipe = writeRecipe('bad.yaml', lines)
      const answer = await run('recipe', 'check', recipe, '--schema', path('schema.json'))
      expect(answer.code).toBe(1)
      expect(answer.out).toContain(says)
    })
  }

  it('names a domain that was read from the data', async () => {
    const inferred = structuredClone(clinicSchema)
    for (const column of inferred.columns) if ('domain' in column) column.domain.provenance = 'read-from-data'
    writeFileSync(path('inferred.json'), JSON.stringify(inferred))
    const answer = await run('recipe', 'check', writeRecipe('ok.yaml', valid), '--schema', path('inferred.json'))
    expect(answer).toMatchObject({ code: 1, out: expect.stringContaining('columns.age') })
  })

  it('says where a recipe is not YAML', async () => {
    const answer = await run('recipe', 'check', writeRecipe('broken.yaml', ['kind: [dp-table', 'name: x']))
    expect(answer).toMatchObject({ code: 3, error: expect.stringMatching(/line \d+, column \d+/) })
  })

  it('wants either a schema or inference, and knows the format of the file', async () => {
    expect(await run('seeds', 'import', path('clinic.csv.gz'), '--name', 'x')).toMatchObject({ code: 3 })
    writeFileSync(path('clinic.txt'), 'a,b\n1,2\n')
    const answer = await run('seeds', 'import', path('clinic.txt'), '--name', 'x', '--infer')
    expect(answer).toMatchObject({ code: 3, error: expect.stringContaining('--format') })
  })

  it('writes a schema to be edited, and never over one that was', async () => {
    writeFileSync(path('semicolons.csv'), clinicCsv(50).replaceAll(',', ';'))
    const args = ['seeds', 'import', path('semicolons.csv'), '--name', 'semicolons', '--infer']
    expect(await run(...args)).toMatchObject({ code: 3, error: expect.stringContaining('--delimiter') })
    expect(await run(...args, '--delimiter', ';')).toMatchObject({ code: 0 })
    const save = ['seeds', 'describe', 'semicolons', '--save-schema', path('edited.json')]
    expect((await run(...save)).out).toContain(`Schema written to ${path('edited.json')}`)
    expect(await run(...save)).toMatchObject({ code: 3, error: expect.stringContaining('exists already') })
  })

  it('refuses a bad file with its places and no values', async () => {
    writeFileSync(path('bad.csv'), clinicCsv(5).replace(/\n\d+,/, '\nforty,'))
    const answer = await run('seeds', 'import', path('bad.csv'), '--name', 'bad', '--schema', path('schema.json'))
    expect(answer.code).toBe(3)
    expect(answer.error).toContain('line 2, column "age": is no whole number')
    expect(answer.error).not.toContain('forty')
  })
})
