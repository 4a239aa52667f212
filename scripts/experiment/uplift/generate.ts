import { globSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { partReader } from '../../../node/adapters/tabular/record-reader.ts'
import type { StatuteSeed } from '../../demo/statutes.ts'
import type { DemoNode } from '../../demo/tanemaki-process.ts'
import { unitOf } from './draws.ts'
import { type Arm, type Generator, recipeOf } from './recipes.ts'
import type { World } from './world.ts'

/** A pair that a student learns from. */
export interface Example {
  readonly question: string
  readonly answer: string
}

const seedColumns = ['article', 'thing', 'passage', 'question', 'answer', 'key'] as const
/** The law is public; the questions that were collected about it are the organisation's own. */
const seedSchema = {
  subject: 'organisation',
  columns: seedColumns.map((name) => ({ name, type: 'text', public: name !== 'question' })),
}

/** Takes seeds into the node, without a control set: they are about no person. Nothing when they are there. */
export async function importSeeds(node: DemoNode, name: string, seeds: readonly StatuteSeed[]): Promise<void> {
  const { value } = await node.run(['seeds', 'list'])
  const there = z.object({ seedSets: z.array(z.object({ name: z.string() })) }).parse(value).seedSets
  if (there.some((each) => each.name === name)) return
  const file = join(node.dataDir, '..', `${node.name}-${name}`)
  const lines = seeds.map((seed) =>
    JSON.stringify(Object.fromEntries(seedColumns.map((column) => [column, seed[column]]))),
  )
  writeFileSync(`${file}.jsonl`, `${lines.join('\n')}\n`)
  writeFileSync(`${file}.schema.json`, JSON.stringify(seedSchema))
  await node.run([
    'seeds',
    'import',
    `${file}.jsonl`,
    `--name=${name}`,
    `--schema=${file}.schema.json`,
    '--control-share=0',
  ])
}

const Packs = z.object({ packs: z.array(z.object({ name: z.string() })) })
const Examples = z.object({ examples: z.array(z.object({ persona: z.string() }).loose()) })

/** People drawn from the census tables, and a pack of the same words in no order: nobody. */
export async function makePersonas(node: DemoNode, { language }: World, count: number): Promise<void> {
  const listed = Packs.parse((await node.run(['persona', 'list'])).value).packs
  const packs = new Set(listed.map(({ name }) => name))
  if (!packs.has('people')) {
    await node.run([
      'persona',
      'sample',
      '--name=people',
      `--count=${count}`,
      `--language=${language}`,
      `--seed=${'5e'.repeat(32)}`,
    ])
  }
  if (packs.has('nonsense')) return
  const { value } = await node.run(['persona', 'show', 'people', `--examples=${count}`])
  const people = Examples.parse(value).examples.map(({ persona }) => persona)
  const file = join(node.dataDir, '..', `${node.name}-nonsense.jsonl`)
  writeFileSync(
    file,
    nonsense(people)
      .map((persona) => `${JSON.stringify({ persona })}\n`)
      .join(''),
  )
  await node.run([
    'persona',
    'import',
    file,
    '--name=nonsense',
    '--source=words of the sampled people, shuffled',
    '--licence=CC-BY-4.0',
  ])
}

/** The same lengths and the same words over all of them, dealt out by lot. */
function nonsense(people: readonly string[]): string[] {
  const cut = (text: string) =>
    Array.from(new Intl.Segmenter('ja', { granularity: 'word' }).segment(text), ({ segment }) => segment)
  const pieces = people.map(cut)
  const lot = pieces
    .flat()
    .map((word, at) => ({ word, rank: unitOf('nonsense', String(at)) }))
    .toSorted((a, b) => a.rank - b.rank)
  let next = 0
  return pieces.map((each) => each.map(() => lot[next++]?.word ?? '').join(''))
}

const RunShown = z.object({
  id: z.string(),
  state: z.string(),
  error: z.string().optional(),
  dataset: z.object({ name: z.string() }),
})
const DatasetShown = z.object({ id: z.string(), state: z.string(), records: z.int() })
export type DatasetShown = z.infer<typeof DatasetShown>

/** Runs the arm's recipe to its end and returns its dataset; what an earlier call has begun is gone on with. */
export async function generateArm(
  node: DemoNode,
  arm: Arm,
  { generator, world }: { readonly generator: Generator; readonly world: World },
): Promise<DatasetShown> {
  const begun = z.object({ runs: z.array(RunShown) }).parse((await node.run(['run', 'list'])).value).runs
  const run = begun.find(({ dataset }) => dataset.name === arm.name)
  const answer = await node.run(run === undefined ? startOf(node, arm, { generator, world }) : onwards(run), [0, 1])
  const ended = RunShown.parse(answer.value)
  if (ended.state !== 'completed') throw new Error(`run ${arm.name} ended ${ended.state}: ${ended.error ?? ''}`)
  return DatasetShown.parse((await node.run(['dataset', 'show', arm.name])).value)
}

function startOf(node: DemoNode, arm: Arm, { generator, world }: { generator: Generator; world: World }): string[] {
  const file = join(node.dataDir, '..', `${node.name}-${arm.name}.recipe.json`)
  writeFileSync(file, JSON.stringify(recipeOf(arm, generator, world.language), undefined, 2))
  return ['run', 'start', file, `--name=${arm.name}`, `--run-seed=${'a5'.repeat(32)}`]
}

function onwards({ id, state }: z.infer<typeof RunShown>): string[] {
  if (state === 'failed' || state === 'cancelled') return ['run', 'resume', id]
  return ['run', 'status', id, '--follow']
}

/** The pairs in the Parquet files of a folder, as any program of the organisation would read them. */
export async function readExamples(folder: string): Promise<Example[]> {
  const records = await partReader.open(globSync(join(folder, '*.parquet')).toSorted())
  const examples: Example[] = []
  for (let at = 0; at < records.records; at++) {
    examples.push(z.object({ question: z.string(), answer: z.string() }).parse(await records.record(at)))
  }
  return examples
}

/** Folder of a dataset's files in the node's own store. */
export function filesOf(node: DemoNode, { id }: DatasetShown): string {
  const [folder] = globSync(join(node.dataDir, 'files/datasets', `*${id.replace(/^urn:uuid:/u, '')}*`))
  if (folder === undefined) throw new Error(`the files of ${id} are not there`)
  return folder
}
