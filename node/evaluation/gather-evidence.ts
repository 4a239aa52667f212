import type { ControlEvidence } from '../../protocol/evaluation/evaluation-types.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import type { SeedSet } from '../../schemas/seeds.ts'
import type { EvaluateTask } from '../ports/evaluation-task.ts'
import type { EvaluationDeps } from './operations.ts'

export interface Evidence {
  readonly input: Omit<EvaluateTask, 'parts' | 'rows' | 'seed' | 'thresholds'>
  /** Why the gates that compare with seeds do not apply; absent: they do. */
  readonly exempt?: string
}

const nothing = { rows: 0, columns: [] }

/** Decrypts both sides of the seeds that the dataset is compared with; without seeds only public data are exempt. */
export async function gatherEvidence(deps: EvaluationDeps, record: DatasetRecord): Promise<Evidence> {
  const run = record.source.kind === 'run' ? await deps.runs.get(record.source.runId) : undefined
  const seedSet = await importedSeeds(deps, run?.kind === 'dp-table' ? run.seedSetId : record.seedSet)
  if (seedSet === undefined) return withoutSeeds(record)
  const claim = run === undefined ? undefined : await deps.runs.claim(run.id)
  const training = await deps.seeds.side(seedSet, 'training')
  const control = await deps.seeds.side(seedSet, 'control')
  const target = run?.kind === 'dp-table' ? run.recipe.target : undefined
  const evidence: ControlEvidence = {
    // Rows made elsewhere may have come from a generator that saw the control set.
    drawnBeforeGeneration: run !== undefined && seedSet.commitment.drawnAt <= run.createdAt,
    disjointByUnit: true,
  }
  return {
    input: {
      schema: training.schema,
      training: training.table,
      control: control.table,
      evidence,
      undeclared: 'break',
      ...(claim === undefined ? {} : { claim }),
      ...(target === undefined ? {} : { target }),
    },
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
  const input = { schema, training: nothing, control: nothing, evidence, undeclared: 'ignore' as const }
  return record.subject === 'public'
    ? { input, exempt: 'the data are about no person and no organisation, and were made without seeds' }
    : { input }
}
