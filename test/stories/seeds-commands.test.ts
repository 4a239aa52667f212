import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clinicCsv, clinicSchema } from '../example-seeds.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { builtCli } from '../built.ts'

let network: Network
let folder: string

beforeAll(async () => {
  network = await createNetwork(['bureau'])
  folder = network.node('bureau').dataDir
  writeFileSync(join(folder, 'clinic.csv.gz'), gzipSync(clinicCsv(3000)))
  writeFileSync(join(folder, 'schema.json'), JSON.stringify(clinicSchema))
})
afterAll(async () => network[Symbol.asyncDispose]())

interface Answer {
  readonly code: number
  readonly out: string
  readonly error: string
}

function tanemaki(...args: string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile(process.execPath, [builtCli, '--data', folder, ...args], { cwd: folder }, (error, out, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, error: stderr }),
    )
  })
}

function writeRecipe(name: string, lines: readonly string[]): string {
  writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  return name
}

const valid = ['kind: dp-table', 'name: clinic-synthetic', 'seedSet: clinic', 'epsilon: 1', 'delta: 1e-6', 'rows: 400']

describe('the way from a file to a dataset on the command line', () => {
  it('imports, previews, runs and shows, for people and for machines', async () => {
    const imported = await tanemaki('seeds', 'import', 'clinic.csv.gz', '--name', 'clinic', '--schema', 'schema.json')
    expect(imported).toMatchObject({ code: 0, error: '' })
    expect(imported.out).toContain('remark  text         other             ')
    const recipe = writeRecipe('recipe.yaml', valid)
    expect(await tanemaki('recipe', 'check', recipe, '--schema', 'schema.json')).toMatchObject({ code: 0 })
    const preview = await tanemaki('--json', 'recipe', 'preview', recipe)
    expect(JSON.parse(preview.out)).toMatchObject({ fits: true, rows: 400, budget: { runs: 0 } })
    const started = await tanemaki('--json', 'run', 'start', recipe, '--title', 'Visits')
    expect(JSON.parse(started.out)).toMatchObject({ state: 'completed', charged: true })
    expect((await tanemaki('run', 'list')).out).toContain('completed')
    expect((await tanemaki('seeds', 'list')).out).toContain('3000')
    const erased = await tanemaki('seeds', 'erase', 'clinic', '--yes')
    expect(erased.out).toContain('remains')
    expect(JSON.parse((await tanemaki('--json', 'seeds', 'list')).out)).toMatchObject({
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
      const answer = await tanemaki('recipe', 'check', recipe, '--schema', 'schema.json')
      expect(answer.code).toBe(1)
      expect(answer.out).toContain(says)
    })
  }

  it('names a domain that was read from the data', async () => {
    const inferred = structuredClone(clinicSchema)
    for (const column of inferred.columns) if ('domain' in column) column.domain.provenance = 'read-from-data'
    writeFileSync(join(folder, 'inferred.json'), JSON.stringify(inferred))
    const answer = await tanemaki('recipe', 'check', writeRecipe('ok.yaml', valid), '--schema', 'inferred.json')
    expect(answer).toMatchObject({ code: 1, out: expect.stringContaining('columns.age') })
  })

  it('says where a recipe is not YAML', async () => {
    const answer = await tanemaki('recipe', 'check', writeRecipe('broken.yaml', ['kind: [dp-table', 'name: x']))
    expect(answer).toMatchObject({ code: 3, error: expect.stringMatching(/line \d+, column \d+/) })
  })

  it('wants either a schema or inference, and knows the format of the file', async () => {
    expect(await tanemaki('seeds', 'import', 'clinic.csv.gz', '--name', 'x')).toMatchObject({ code: 3 })
    writeFileSync(join(folder, 'clinic.txt'), 'a,b\n1,2\n')
    const answer = await tanemaki('seeds', 'import', 'clinic.txt', '--name', 'x', '--infer')
    expect(answer).toMatchObject({ code: 3, error: expect.stringContaining('--format') })
  })

  it('writes a schema to be edited, and never over one that was', async () => {
    writeFileSync(join(folder, 'semicolons.csv'), clinicCsv(50).replaceAll(',', ';'))
    const args = ['seeds', 'import', 'semicolons.csv', '--name', 'semicolons', '--infer']
    expect(await tanemaki(...args)).toMatchObject({ code: 3, error: expect.stringContaining('--delimiter') })
    expect(await tanemaki(...args, '--delimiter', ';')).toMatchObject({ code: 0 })
    const save = ['seeds', 'describe', 'semicolons', '--save-schema', 'edited.json']
    expect((await tanemaki(...save)).out).toContain('Schema written to edited.json')
    expect(await tanemaki(...save)).toMatchObject({ code: 3, error: expect.stringContaining('exists already') })
  })

  it('refuses a bad file with its places and no values', async () => {
    writeFileSync(join(folder, 'bad.csv'), clinicCsv(5).replace(/\n\d+,/, '\nforty,'))
    const answer = await tanemaki('seeds', 'import', 'bad.csv', '--name', 'bad', '--schema', 'schema.json')
    expect(answer.code).toBe(3)
    expect(answer.error).toContain('line 2, column "age": is no whole number')
    expect(answer.error).not.toContain('forty')
  })
})
