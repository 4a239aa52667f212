import type { ControlEvidence } from '../../protocol/evaluation/evaluation-types.ts'
import { noSeedTexts, type SeedTexts } from '../../protocol/evaluation/published-texts.ts'
import { isModelled } from '../../protocol/generation/cells.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { SeedSchema, type Subject } from '../../schemas/seed-schema.ts'
import type { SeedSide } from '../../protocol/generation/control-split.ts'
import type { Run } from '../../schemas/runs.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import type { EvaluateTask } from '../ports/evaluation-task.ts'
import type { EvaluationDeps } from './operations.ts'

export interface Evidence {
  readonly input: Omit<EvaluateTask, 'parts' | 'rows' | 'seed' | 'thresholds'>
  /** Why the gates that compare with seeds do not apply; absent: they do. */
  readonly exempt?: string
  /** Whom the seeds are about; absent: there are none to compare with. */
  readonly seedsSubject?: Subject
}

const nothing = { rows: 0, columns: [] }

/** Decrypts both sides of the seeds that the dataset is compared with; without seeds only public data are exempt. */
export async function gatherEvidence(deps: EvaluationDeps, record: DatasetRecord): Promise<Evidence> {
  const run = record.source.kind === 'run' ? await deps.runs.get(record.source.runId) : undefined
  const [seedSet, ...further] = await seedSetsOf(deps, run, record)
  if (seedSet === undefined) return withoutSeeds(record)
  const claim = run === undefined ? undefined : await deps.runs.claim(run.id)
  const training = await deps.seeds.side(seedSet, 'training')
  const control = await deps.seeds.side(seedSet, 'control')
  const target = run?.kind === 'dp-table' ? run.recipe.target : undefined
  const columns = stringColumns(record, training.schema)
  const unread = columns.strings.length === 0
  const textEvidence = {
    ...columns,
    training: unread ? noSeedTexts : await textsOf(deps, [seedSet, ...further], 'training'),
    control: unread ? noSeedTexts : await textsOf(deps, [seedSet, ...further], 'control'),
  }
  const evidence: ControlEvidence = {
    // Rows made elsewhere may have come from a generator that saw the control set.
    drawnBeforeGeneration: run !== undefined && seedSet.commitment.drawnAt <= run.createdAt,
    disjointByUnit: true,
  }
  return {
    seedsSubject: training.schema.subject,
    input: {
      schema: training.schema,
      training: training.table,
      control: control.table,
      evidence,
      textEvidence,
      // rows made cell by cell claim no differential privacy and have columns of their own, whose types hold by construction
      undeclared: record.source.kind === 'run' && claim === undefined ? 'ignore' : 'break',
      ...(claim === undefined ? {} : { claim }),
      ...(target === undefined ? {} : { target }),
    },
  }
}

/** Published columns with strings, and those of them whose values no schema lists: free texts. */
function stringColumns(record: DatasetRecord, schema: SeedSchema): { strings: string[]; texts: string[] } {
  const modelled = new Set(schema.columns.filter(isModelled).map(({ name }) => name))
  const strings = record.columns.filter(({ type }) => type === 'string').map(({ name }) => name)
  return { strings, texts: strings.filter((name) => !modelled.has(name)) }
}

/** The seeds that the rows were made from; those of a table that came from elsewhere are what its draft says. */
async function seedSetsOf(deps: EvaluationDeps, run: Run | undefined, record: DatasetRecord): Promise<SeedSet[]> {
  const references = run === undefined ? [record.seedSet] : seedSetIds(run)
  const found = await Promise.all(references.map((reference) => importedSeeds(deps, reference)))
  // One that is gone leaves nothing to compare with, whatever the others say.
  return found.includes(undefined) ? [] : found.filter((seedSet) => seedSet !== undefined)
}

function seedSetIds(run: Run): string[] {
  if (run.kind === 'dp-table') return [run.seedSetId]
  return Object.values(run.sources).flatMap((source) => (source.kind === 'seed-set' ? [source.id] : []))
}

async function textsOf(deps: EvaluationDeps, seedSets: readonly SeedSet[], side: SeedSide): Promise<SeedTexts> {
  const all = await Promise.all(seedSets.map((seedSet) => deps.seeds.texts(seedSet, side)))
  return {
    rows: all.flatMap(({ rows }) => rows),
    publicTexts: all.flatMap(({ publicTexts }) => publicTexts),
    identifiers: all.flatMap(({ identifiers }) => identifiers),
    complete: all.every(({ complete }) => complete),
  }
}

async function importedSeeds(deps: EvaluationDeps, reference: string | undefined): Promise<SeedSet | undefined> {
  const found = reference === undefined ? undefined : await deps.seeds.seedSet(reference)
  return found?.state === 'imported' ? found : undefined
}

/** The packaged types hold by construction: the evaluation checks that the files are the packaged ones. */
function withoutSeeds(record: DatasetRecord): Evidence {
  const schema = SeedSchema.parse({
    subject: record.subject,
    columns: record.columns.map(({ name }) => ({ name, type: 'text' })),
  })
  const evidence = { drawnBeforeGeneration: false, disjointByUnit: false }
  const textEvidence = { ...stringColumns(record, schema), training: noSeedTexts, control: noSeedTexts }
  const undeclared = 'ignore' as const
  const input = { schema, training: nothing, control: nothing, evidence, textEvidence, undeclared }
  return record.subject === 'public'
    ? { input, exempt: 'the data are about no person and no organisation, and were made without seeds' }
    : { input }
}
