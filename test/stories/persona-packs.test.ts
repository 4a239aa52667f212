import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RowRecord } from '../../schemas/row-recipe.ts'
import { PersonaDedup, PersonaImport, PersonaSample } from '../../schemas/personas.ts'
import type { SeedFormat } from '../../schemas/seeds.ts'
import { openPersonaScene, type PersonaScene } from '../persona-scene.ts'
import { refusalOf } from '../refusal-of.ts'

let scene: PersonaScene

beforeAll(async () => {
  scene = await openPersonaScene()
})
afterAll(() => scene[Symbol.asyncDispose]())

async function* bytesOf(content: string | Uint8Array) {
  yield typeof content === 'string' ? new TextEncoder().encode(content) : content
}

async function importPack(name: string, file: { format: SeedFormat; content: string | Uint8Array }, said: object = {}) {
  const { uploadId } = await scene.personas.upload(file.format, bytesOf(file.content))
  return scene.personas.import(PersonaImport.parse({ name, uploadId, ...said }))
}

async function all(name: string): Promise<RowRecord[]> {
  const found: RowRecord[] = []
  for await (const batch of (await scene.personas.records(name)).batches()) found.push(...batch)
  return found
}

const nemotronColumns =
  'uuid persona professional_persona sports_persona arts_persona travel_persona culinary_persona cultural_background skills_and_expertise skills_and_expertise_list hobbies_and_interests hobbies_and_interests_list career_goals_and_ambitions sex age marital_status education_level occupation region area prefecture country'.split(
    ' ',
  )

describe('importing personas', () => {
  it('keeps all 22 fields of Nemotron-Personas-Japan with its licence and attribution', async () => {
    const buffer = parquetWriteBuffer({
      columnData: nemotronColumns.map((name) => ({
        name,
        data: name === 'age' ? [34, 71] : [`${name} 一`, `${name} 二`],
        ...(name === 'age' ? { type: 'INT32' as const } : {}),
      })),
    })
    const pack = await importPack('nemotron', { format: 'parquet', content: new Uint8Array(buffer) })
    expect(pack).toMatchObject({ licence: 'CC BY 4.0', count: 2, textField: 'persona' })
    expect(pack.attribution).toContain('NVIDIA')
    expect([...pack.fields].sort()).toEqual([...nemotronColumns].sort())
    expect((await all('nemotron'))[1]).toMatchObject({ persona: 'persona 二', age: 71 })
  })

  it('knows Persona Hub by its column, and that it is not for commercial use', async () => {
    const content =
      '{"input persona":"a nurse","synthesized text":"x"}\n{"input persona":"a tax clerk","synthesized text":"y"}\n'
    const pack = await importPack('hub', { format: 'jsonl', content })
    expect(pack).toMatchObject({ licence: 'CC BY-NC-SA 4.0', textField: 'input persona' })
  })

  it('refuses a file that names neither source nor licence, and keeps nothing of it', async () => {
    const refusal = await refusalOf(importPack('unsaid', { format: 'jsonl', content: '{"persona":"somebody"}\n' }))
    expect(refusal).toMatchObject({ code: 'invalid-request', hint: expect.stringContaining('--licence') })
    expect((await refusalOf(scene.personas.find('unsaid'))).code).toBe('not-found')
    expect(readdirSync(join(scene.folder, 'blobs', 'seeds-uploads'))).toEqual([])
  })

  it('refuses a taken name, an empty file and a text field that is misspelt', async () => {
    const said = { source: 'a friend', licence: 'CC0-1.0' }
    const file = { format: 'csv', content: 'persona,town\na baker,奈良\n' } as const
    await importPack('friends', file, said)
    expect((await refusalOf(importPack('friends', file, said))).code).toBe('conflict')
    expect((await refusalOf(importPack('empty', { ...file, content: 'persona\n' }, said))).code).toBe('table-invalid')
    expect((await refusalOf(importPack('wrong', file, { ...said, textField: 'tow' }))).detail).toContain('"town"')
  })

  it('has one digest for the same records, and leaves nothing readable on the disk', async () => {
    const said = { source: 's', licence: 'CC0-1.0' }
    const one = await importPack('one', { format: 'csv', content: 'persona,town\na lighthouse keeper,Mito\n' }, said)
    const two = await importPack(
      'two',
      { format: 'jsonl', content: '{"town":"Mito","persona":"a lighthouse keeper"}\n' },
      said,
    )
    expect(two.digest).toBe(one.digest)
    const files = readdirSync(scene.folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes('lighthouse')).toBe(false)
    }
  })
})

describe('sampling personas', () => {
  const request = PersonaSample.parse({ name: 'sampled', count: 4500, seed: '5'.repeat(64) })

  it('gives a pack that says its seed, its assumptions and how far it is from its tables', async () => {
    const pack = await scene.personas.sample(request)
    expect(pack).toMatchObject({ count: 4500, origin: { kind: 'sampled', seed: request.seed } })
    expect(pack.attribution).toContain('e-Stat 国勢調査 (令和2年) を加工して作成')
    expect(pack.description.en).toContain('Independent of each other')
    if (pack.origin.kind !== 'sampled') throw new Error('not sampled')
    for (const { sampled } of pack.origin.distances) expect(sampled).toBeLessThan(0.05)
    const again = await scene.personas.sample({ ...request, name: 'sampled-again' })
    expect(again.digest).toBe(pack.digest)
  })

  it('gives every record by its number, in any order', async () => {
    const records = await scene.personas.records('sampled')
    const whole = await all('sampled')
    expect(whole).toHaveLength(4500)
    for (const index of [4499, 0, 4096, 4095, 17, 4097]) expect(await records.record(index)).toEqual(whole[index])
    await expect(records.record(4500)).rejects.toThrow(RangeError)
    const rest: RowRecord[] = []
    for await (const batch of records.batches(4200)) rest.push(...batch)
    expect(rest).toEqual(whole.slice(4200))
  })

  it('takes a table of the user, with its source in the attribution', async () => {
    const header = { name: 'working', source: 'labour survey 2024', licence: 'CC BY 4.0', attributes: ['sex', 'works'] }
    const csv = 'sex,works,population\nmale,yes,6\nmale,no,4\nfemale,yes,5\nfemale,no,5\n'
    const pack = await scene.personas.sample(
      PersonaSample.parse({ name: 'workers', count: 2000, tables: [{ header, csv }] }),
    )
    expect(pack.attribution).toContain('labour survey 2024')
    const men = (await all('workers')).filter(({ sex }) => sex === '男')
    expect(men.filter(({ works }) => works === 'yes').length / men.length).toBeCloseTo(0.6, 1)
  })
})

describe('deduplicating a pack', () => {
  const words = (at: number) =>
    Array.from({ length: 30 }, (_, next) => `w${(at * 31 + next * next * 7) % 9973}`).join(' ')
  const persona = (at: number) => {
    if (at % 10 === 7) return `${words(at - 7)}.`
    if (at % 10 === 8) return words(at - 8).toUpperCase()
    return words(at)
  }
  const content = Array.from({ length: 2000 }, (_, at) => `${JSON.stringify({ n: at, persona: persona(at) })}\n`).join(
    '',
  )
  const by = { kind: 'text' as const }

  it('leaves out near-duplicates and the same texts, and keeps the first of each', async () => {
    const source = await importPack('many', { format: 'jsonl', content }, { source: 's', licence: 'CC0-1.0' })
    const report = await scene.personas.dedup('many', PersonaDedup.parse({ name: 'few', by }))
    expect(report).toMatchObject({ kept: 1600, exact: 200, near: 200, from: { digest: source.digest } })
    expect(report.pack).toMatchObject({ licence: 'CC0-1.0', origin: { kind: 'deduplicated', pack: source.id } })
    expect((await all('few')).every(({ n }) => Number(n) % 10 !== 7 && Number(n) % 10 !== 8)).toBe(true)
    expect(
      readdirSync(join(scene.folder, 'blobs', 'personas-dedup'), { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile(),
      ),
    ).toEqual([])
  })

  it('goes on behind what was done when the process died', async () => {
    const request = PersonaDedup.parse({ name: 'few-again', by: { ...by, form: 'permutations', features: 'words-1' } })
    scene.failAt(8)
    await expect(scene.personas.dedup('many', request)).rejects.toThrow('the worker died')
    await scene.start()
    const before = scene.begun()
    const report = await scene.personas.dedup('many', request)
    expect(report.kept).toBe(1600)
    // One task to sign, one for each of 17 bands, then comparisons: those before the death are not done again.
    expect(scene.begun() - before).toBeLessThanOrEqual(17 + 1 + navigator.hardwareConcurrency - 6)
  })

  it('compares vectors by cosine where a field holds them', async () => {
    const vectors = [0, 20, 40, 90].map((degrees) => ({
      persona: `at ${degrees}`,
      vector: JSON.stringify([Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]),
    }))
    const text = vectors.map((each) => `${JSON.stringify(each)}\n`).join('')
    await importPack('vectors', { format: 'jsonl', content: text }, { source: 's', licence: 'CC0-1.0' })
    const vector = { kind: 'vector', field: 'vector' }
    await scene.personas.dedup('vectors', PersonaDedup.parse({ name: 'apart', by: { ...vector, threshold: 0.9 } }))
    expect((await all('apart')).map(({ persona }) => persona)).toEqual(['at 0', 'at 40', 'at 90'])
    const none = PersonaDedup.parse({ name: 'none', by: { ...vector, field: 'persona' } })
    expect((await refusalOf(scene.personas.dedup('vectors', none))).code).toBe('table-invalid')
  })
})

it('an erased pack keeps its name and digest and gives no records', async () => {
  await scene.personas.erase('hub')
  expect(await scene.personas.show('hub', 3)).toMatchObject({ pack: { state: 'erased' }, examples: [] })
  expect((await refusalOf(scene.personas.records('hub'))).code).toBe('conflict')
  expect((await refusalOf(scene.personas.erase('hub'))).code).toBe('conflict')
})
