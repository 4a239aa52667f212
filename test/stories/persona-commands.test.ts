import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNetwork, type Network } from '../network/create-network.ts'
import { tanemaki as run } from '../run-cli.ts'

let network: Network
let folder: string

beforeAll(async () => {
  network = await createNetwork(['bureau'])
  folder = network.node('bureau').dataDir
})
afterAll(async () => network[Symbol.asyncDispose]())

const tanemaki = (...args: string[]) => run(['--data', folder, ...args], { cwd: folder })

it('personas are sampled, imported, deduplicated, shown and erased on the command line', async () => {
  writeFileSync(join(folder, 'works.csv'), 'sex,works,population\nmale,yes,6\nmale,no,4\nfemale,yes,5\nfemale,no,5\n')
  writeFileSync(
    join(folder, 'works.yaml'),
    'name: works\nsource: a survey\nlicence: CC0-1.0\nattributes: [sex, works]\n',
  )
  const sampled = await tanemaki('persona', 'sample', '--name', 'drawn', '--count', '500', '--table', 'works.csv')
  expect(sampled).toMatchObject({ code: 0, error: '' })
  expect(sampled.out).toContain('jp-census-2020-prefecture')
  expect(sampled.out).toContain('互いに独立と仮定')
  writeFileSync(
    join(folder, 'hub.jsonl'),
    '{"persona":"a nurse of Mito"}\n{"persona":"A nurse  of Mito"}\n{"persona":"a baker"}\n',
  )
  const unsaid = await tanemaki('persona', 'import', 'hub.jsonl', '--name', 'hub')
  expect(unsaid).toMatchObject({ code: 3, error: expect.stringContaining('--licence') })
  const said = ['--source', 'Persona Hub', '--licence', 'CC BY-NC-SA 4.0']
  const imported = await tanemaki('--json', 'persona', 'import', 'hub.jsonl', '--name', 'hub', ...said)
  expect(JSON.parse(imported.out)).toMatchObject({ count: 3, licence: 'CC BY-NC-SA 4.0' })
  const deduplicated = await tanemaki('--json', 'persona', 'dedup', 'hub', '--name', 'hub-once')
  expect(JSON.parse(deduplicated.out)).toMatchObject({ kept: 2, exact: 1, near: 0 })
  const shown = await tanemaki('--json', 'persona', 'show', 'hub-once', '--examples', '9')
  expect(JSON.parse(shown.out)).toMatchObject({ examples: [{ persona: 'a nurse of Mito' }, { persona: 'a baker' }] })
  expect(await tanemaki('persona', 'erase', 'hub', '--yes')).toMatchObject({ code: 0 })
  const { packs } = JSON.parse((await tanemaki('--json', 'persona', 'list')).out) as { packs: { state: string }[] }
  expect(packs.map(({ state }) => state)).toEqual(['kept', 'erased', 'kept'])
})
