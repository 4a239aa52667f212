import { renderOutput } from '../../../protocol/generation/rows/render-output.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { PackFromRun, PersonaPack } from '../../../schemas/personas.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import type { Personas } from '../personas/personas.ts'
import type { RunDeps } from '../run-commit.ts'
import { planOf } from './open-generation.ts'
import { readOutcomes } from './outcomes.ts'

const BATCH = 1024

/** The rows of a completed run as a persona pack, with the credits of every pack that the run read. */
export async function packOfRun(
  deps: RunDeps,
  { run, personas }: { run: RowRun; personas: Personas },
  request: PackFromRun,
): Promise<PersonaPack> {
  if (run.state !== 'completed') {
    refuse('conflict', `the run is ${run.state}`, 'Wait for its end, or resume it: tanemaki run resume RUN')
  }
  const plan = planOf(run.recipe)
  if (!plan.kept.includes(request.textField)) {
    refuse('invalid-request', `the rows have no column "${request.textField}"`, 'Name one with --text-field.')
  }
  const draft = {
    name: request.name,
    source: `run ${run.id} of the recipe ${run.recipe.name}`,
    licence: request.licence,
    attribution: (await creditsOf(deps, run)).join('\n'),
    description: {
      en: 'Made by a row recipe; what the records say of people was written by a language model or drawn by samplers.',
      ja: '行レシピで作成。人物についての記述は言語モデルまたは標本抽出によるものです。',
    },
    textField: request.textField,
    origin: { kind: 'generated' as const, run: run.id },
  }
  return personas.make(draft, async (writer) => {
    let batch: RowRecord[] = []
    for await (const { verdict, cells } of readOutcomes(deps, run.id)) {
      if (verdict !== 'accepted') continue
      batch.push(renderOutput(plan, cells))
      if (batch.length < BATCH) continue
      await writer.add(batch)
      batch = []
    }
    if (batch.length > 0) await writer.add(batch)
  })
}

async function creditsOf(deps: RunDeps, run: RowRun): Promise<string[]> {
  const credits = await Promise.all(
    Object.values(run.sources).map(async (source) =>
      source.kind === 'persona-pack' ? (await deps.personaSources.credit(source.id))['attribution'] : undefined,
    ),
  )
  return credits.flatMap((credit) => (credit === undefined || credit === '' ? [] : [credit]))
}
