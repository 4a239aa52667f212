// npm run experiment:uplift: does text made from seeds teach a student more than the seeds do? See docs/uplift.md.
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Timeline } from '../../demo/timeline.ts'
import { makeTrainingSets, type TrainingSet } from './arms.ts'
import { type Options, readOptions, usage } from './options.ts'
import { paraphraserModel } from './paraphraser.ts'
import { startParaphraser } from './paraphraser-server.ts'
import { startParticipants, stopParticipants } from './participants.ts'
import { type ArmResult, armLines, contrastLines, measureContrasts, plainWords } from './report.ts'
import { scoreArm } from './score.ts'
import { halfWidth } from './statistics.ts'
import { askStudent, builtInStudent, type Predictions } from './students.ts'
import { atBudget, charactersOf, trainLines } from './training.ts'
import { makeWorld, type World } from './world.ts'

/** One folder for all that decides the generated text; a later call with the same options goes on in it. */
function folderOf(options: Options): string {
  const { language, articles, personas, endpoint, model, judge } = options
  const decides = [
    language,
    articles,
    options['rows-per-seed'],
    options['world-seed'],
    personas,
    endpoint,
    model,
    judge,
  ]
  return join(options.folder, createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 12))
}

async function generate(options: Options, { world, folder, timeline }: Scene): Promise<TrainingSet[]> {
  const scripted = options.endpoint === undefined ? await startParaphraser(world.language) : undefined
  const participants = await startParticipants(folder, {
    url: scripted?.url ?? options.endpoint ?? '',
    server: options.server,
  })
  try {
    const { judge, model = paraphraserModel } = options
    const generator = { model, ...(judge === undefined ? {} : { judge }) }
    const { 'rows-per-seed': rowsPerSeed, personas } = options
    return await makeTrainingSets({ participants, world, timeline, generator, rowsPerSeed, personas })
  } finally {
    await stopParticipants(participants)
    await scripted?.close()
  }
}

interface Scene {
  readonly world: World
  readonly folder: string
  readonly timeline: Timeline
}

/** Every arm with every training seed, as many at once as there are processors. */
async function teach(options: Options, sets: readonly TrainingSet[], { world, folder }: Scene): Promise<ArmResult[]> {
  const budget = Math.max(...sets.map(({ examples }) => charactersOf(examples)))
  const student =
    options.student === undefined ? builtInStudent(world.language) : { command: options.student, version: '' }
  const lessons = sets.flatMap((set) => {
    const train = trainLines(atBudget(set.examples, budget))
    return Array.from({ length: options['training-seeds'] }, (_, at) => ({ set, train, seed: at + 1 }))
  })
  const said = new Map<(typeof lessons)[number], Predictions>()
  const waiting = [...lessons]
  const work = async () => {
    for (let lesson = waiting.shift(); lesson !== undefined; lesson = waiting.shift()) {
      const { train, seed } = lesson
      said.set(lesson, await askStudent(student, { folder: join(folder, 'students'), train, test: world.test, seed }))
    }
  }
  await Promise.all(Array.from({ length: options.student === undefined ? availableParallelism() : 1 }, work))
  return sets.map((set) => ({
    name: set.name,
    about: set.about,
    examples: set.examples.length,
    score: scoreArm(
      world,
      lessons.flatMap((lesson) => (lesson.set === set ? [said.get(lesson) ?? new Map()] : [])),
    ),
  }))
}

async function main(options: Options): Promise<void> {
  const world = makeWorld(options.articles, options['world-seed'], options.language)
  const folder = folderOf(options)
  mkdirSync(folder, { recursive: true })
  const scene = { world, folder, timeline: new Timeline() }
  writeFileSync(join(folder, 'test.json'), JSON.stringify(world.test, undefined, 1))
  console.log(
    `${world.seeds.length} seeds; test of ${world.test.length} questions, frozen: sha256 ${world.testSha256}\nworking in ${folder}`,
  )
  const sets = await generate(options, scene)
  let arms: ArmResult[] = []
  await scene.timeline.step('students', 'Students learn from every arm, with equal text', async () => {
    arms = await teach(options, sets, scene)
    return `${arms.length} arms × ${options['training-seeds']} training seeds`
  })
  const contrasts = measureContrasts(arms)
  const questions = arms[0]?.score.fact.length ?? 0
  const words = plainWords(contrasts, {
    scriptedGenerator: options.endpoint === undefined,
    builtInStudent: options.student === undefined,
    judged: options.judge !== undefined,
    questions,
    trainingSeeds: options['training-seeds'],
  })
  console.log(['', ...armLines(arms), '', ...contrastLines(contrasts), '', ...words, ''].join('\n'))
  const result = {
    generator: options.model ?? paraphraserModel,
    student: options.student ?? 'built-in',
    questions,
    halfWidth: halfWidth(questions),
    testSha256: world.testSha256,
    accuracy: Object.fromEntries(arms.map(({ name, score }) => [name, score.bySeed])),
    contrasts: contrasts.map(({ name, difference, p, claimed }) => ({ name, ...difference, p, claimed })),
    seconds: scene.timeline.total,
  }
  writeFileSync(join(folder, 'result.json'), JSON.stringify(result, undefined, 1))
  console.log(`RESULT ${JSON.stringify(result)}`)
}

let options: Options
try {
  options = readOptions(process.argv.slice(2))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
  process.exit(2)
}
await main(options)
