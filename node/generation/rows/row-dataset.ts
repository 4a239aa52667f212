import { createLineageTrees } from '../../../protocol/generation/rows/lineage.ts'
import { renderOutput, outputColumns } from '../../../protocol/generation/rows/render-output.ts'
import { combineInherited } from '../../../protocol/policy/inherit.ts'
import type { DatasetDraftInput, InheritedTerms } from '../../../schemas/datasets.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import type { Subject } from '../../../schemas/seed-schema.ts'
import { findSeedSet } from '../describe-seeds.ts'
import { type RunDeps, seedSetsOf } from '../run-commit.ts'
import { madeBefore } from '../run-dataset.ts'
import { runFolder } from '../run-files.ts'
import { planOf } from './open-generation.ts'
import { readOutcomes } from './outcomes.ts'
import { CandidateCounts, lineageSecret, provenanceOf } from './row-provenance.ts'

/** Packages the accepted rows; a dataset that this run made before a crash is taken as it is. */
export async function makeRowDataset(deps: RunDeps, run: RowRun, signal: AbortSignal): Promise<string> {
  const made = await madeBefore(deps, run)
  if (made !== undefined) return made.id
  const plan = planOf(run.recipe)
  const file = `${runFolder(run.id)}/rows.jsonl`
  const counts = { rows: 0 }
  const candidates = new CandidateCounts()
  const trees = createLineageTrees(plan, { secret: await lineageSecret(deps, run), hashing: deps.hashing })
  const inherited = inheritedOf(run.sources)
  const lines = async function* () {
    for await (const outcome of readOutcomes(deps, run.id)) {
      candidates.add(outcome)
      if (outcome.verdict !== 'accepted') continue
      counts.rows += 1
      const row = renderOutput(plan, outcome.cells)
      trees.add(outcome, row)
      yield new TextEncoder().encode(`${JSON.stringify(row)}\n`)
    }
  }
  try {
    await deps.blobs.write(file, lines())
    const { rowsPerPart } = run.recipe.outputs
    const record = await deps.datasets.create(
      {
        draft: await draftOf(deps, run, { columns: outputColumns(plan), rows: counts.rows }),
        source: { kind: 'run', runId: run.id },
        provenance: await provenanceOf(deps, run, { ...trees.roots(), ...candidates.told() }),
        ...(inherited === undefined ? {} : { inherited }),
        table: { kind: 'file', path: deps.blobs.localPath(file), format: 'jsonl' },
        ...(rowsPerPart === undefined ? {} : { rowsPerPart }),
      },
      {
        signal,
        onProgress: ({ rows }) => deps.board.publish({ run, phase: 'package', done: rows / counts.rows }),
      },
    )
    return record.id
  } finally {
    await deps.blobs.remove(file)
  }
}

/** What the agreements of all copies among the sources oblige to; the manifest names the same inputs. */
function inheritedOf(sources: RowRun['sources']): InheritedTerms | undefined {
  return combineInherited(
    Object.values(sources).flatMap((source) => (source.kind === 'copy' ? [source.inherited] : [])),
  )
}

async function draftOf(
  deps: RunDeps,
  run: RowRun,
  { columns, rows }: { columns: DatasetDraftInput['columns']; rows: number },
): Promise<DatasetDraftInput> {
  const { dataset, recipe } = run
  const seedSets = await Promise.all(seedSetsOf(run).map((id) => findSeedSet(deps, id)))
  const [first] = seedSets
  return {
    name: dataset.name,
    version: dataset.version,
    title: dataset.title ?? `${dataset.name} (synthetic)`,
    description:
      dataset.description ?? recipe.description ?? `${rows} synthetic rows made by the recipe ${recipe.name}.`,
    ...(dataset.keywords === undefined ? {} : { keywords: dataset.keywords }),
    ...(dataset.license === undefined ? {} : { license: dataset.license }),
    language: recipe.language,
    subject: await subjectOf(deps, run),
    ...(first === undefined ? {} : { seedSet: first.name }),
    columns,
  }
}

const STRICTNESS: readonly Subject[] = ['public', 'organisation', 'persons']

/** Whom the rows are about: the most protected of those whom the sources are about. */
async function subjectOf(deps: RunDeps, run: RowRun): Promise<Subject> {
  const subjects = await Promise.all(
    Object.values(run.sources).map(async (source): Promise<Subject> => {
      if (source.kind === 'persona-pack') return deps.personaSources.subject(source.id)
      if (source.kind === 'copy') return deps.copySources.subject(source.id)
      return (await deps.files.details(await findSeedSet(deps, source.id))).schema.subject
    }),
  )
  return STRICTNESS.findLast((subject) => subjects.includes(subject)) ?? 'public'
}
