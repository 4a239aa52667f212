import type { StatuteSeed } from '../../demo/statutes.ts'
import type { DemoNode } from '../../demo/tanemaki-process.ts'
import type { Timeline } from '../../demo/timeline.ts'
import { pullFrom } from './federate.ts'
import {
  type DatasetShown,
  type Example,
  filesOf,
  generateArm,
  importSeeds,
  makePersonas,
  readExamples,
} from './generate.ts'
import type { Participants } from './participants.ts'
import type { Arm, Generator } from './recipes.ts'
import type { World } from './world.ts'

export interface TrainingSet {
  readonly name: string
  readonly about: string
  readonly examples: readonly Example[]
}

export interface Generation {
  readonly participants: Participants
  readonly world: World
  readonly timeline: Timeline
  readonly generator: Generator
  readonly rowsPerSeed: number
  readonly personas: number
}

/** The training data of all arms: rows that the two nodes make by running recipes, one half of the federation pulled from the other. */
export async function makeTrainingSets(generation: Generation): Promise<TrainingSet[]> {
  const { participants, world, timeline } = generation
  const { north, south } = participants
  const half = world.seeds.length / 2
  const halves = [world.seeds.slice(0, half), world.seeds.slice(half)] as const
  await timeline.step('seeds', 'Seeds and personas are imported', async () => {
    await importSeeds(north, 'statute', world.seeds)
    await importSeeds(north, 'north-half', halves[0])
    await importSeeds(south, 'south-half', halves[1])
    for (const node of [north, south]) await makePersonas(node, world, generation.personas)
    return `north has ${half} seeds of its own, south the other ${half}; north also all of them, for the arms of one owner`
  })
  const whole = { seedSet: 'statute', seeds: world.seeds.length, rowsPerSeed: generation.rowsPerSeed }
  const people = { personaPack: 'people' }
  const sets = [
    { name: 'A0', about: 'none', examples: [] },
    { name: 'A1', about: 'seeds, repeated', examples: world.seeds.map(ownWords) },
    await made(generation, north, {
      arm: { ...whole, name: 'a2', filtered: false },
      name: 'A2',
      about: 'seeds rewritten',
    }),
    await made(generation, north, {
      arm: { ...whole, ...people, name: 'a3', filtered: false },
      name: 'A3',
      about: 'seeds × personas',
    }),
    await made(generation, north, {
      arm: { ...whole, ...people, name: 'a4', filtered: true },
      name: 'A4',
      about: 'A3, filtered',
    }),
    await made(generation, north, {
      arm: { ...whole, personaPack: 'nonsense', name: 'a5', filtered: false },
      name: 'A5',
      about: 'seeds × nonsense',
    }),
  ]
  const owned = { ...people, seeds: half, rowsPerSeed: generation.rowsPerSeed, filtered: true }
  const ofNorth = await made(generation, north, {
    arm: { ...owned, seedSet: 'north-half', name: 'north' },
    name: 'A4-north',
    about: 'north alone, half the seeds',
  })
  const ofSouth = await made(generation, south, {
    arm: { ...owned, seedSet: 'south-half', name: 'south' },
    name: 'A4-south',
    about: 'south alone, the other half',
  })
  const pulled = await federated(generation, ofSouth.dataset)
  const union = { name: 'A6', about: 'north’s rows and a copy of south’s', examples: [...ofNorth.examples, ...pulled] }
  return [...sets, ofNorth, ofSouth, union]
}

const ownWords = ({ question, answer }: StatuteSeed): Example => ({ question, answer })

interface Wanted {
  readonly arm: Arm
  readonly name: string
  readonly about: string
}

async function made(
  { timeline, generator, world }: Generation,
  node: DemoNode,
  { arm, name, about }: Wanted,
): Promise<TrainingSet & { readonly dataset: DatasetShown }> {
  let found: { dataset: DatasetShown; examples: Example[] } | undefined
  await timeline.step(name, `${node.title} runs the recipe of ${name}: ${about}`, async () => {
    const dataset = await generateArm(node, arm, { generator, world })
    found = { dataset, examples: await readExamples(filesOf(node, dataset)) }
    return `${found.examples.length} of ${arm.seeds * arm.rowsPerSeed} candidates became rows`
  })
  if (found === undefined) throw new Error(`nothing was made for ${name}`)
  return { name, about, ...found }
}

async function federated({ timeline, participants }: Generation, dataset: DatasetShown): Promise<readonly Example[]> {
  let examples: readonly Example[] = []
  await timeline.step('federation', 'South publishes its rows; north agrees, pulls and verifies them', async () => {
    const pulled = await pullFrom(participants.south, dataset, participants.north)
    examples = pulled.examples
    return [`${examples.length} rows in the copy`, `gates: ${pulled.gates}`]
  })
  return examples
}
