import { recipeColumns } from '../../../protocol/generation/recipe.ts'
import type { Table } from '../../../protocol/generation/table.ts'
import type { DatasetDraftInput, Provenance } from '../../../schemas/datasets.ts'
import type { SeedSet } from '../../../schemas/seeds.ts'
import type { TableRun } from '../../../schemas/runs.ts'
import type { SeedSchema } from '../../../schemas/seed-schema.ts'
import { findSeedSet } from '../describe-seeds.ts'
import { publishedColumn, publishedRows } from './packaged-table.ts'
import type { RunDeps } from '../run-commit.ts'
import { madeBefore } from '../run-dataset.ts'
import type { StoredMeasurements } from './measurements-file.ts'

interface Making {
  readonly run: TableRun
  readonly stored: StoredMeasurements
  readonly table: Table
  readonly signal: AbortSignal
}

/** Packages the rows; a dataset that this run made before a crash is taken as it is. */
export async function makeDataset(deps: RunDeps, { run, stored, table, signal }: Making): Promise<string> {
  const made = await madeBefore(deps, run)
  if (made !== undefined) return made.id
  const seedSet = await findSeedSet(deps, run.seedSetId)
  const columns = recipeColumns(stored.recipe, stored.schema)
  const record = await deps.datasets.create(
    {
      draft: draftOf(run, { seedSet, schema: stored.schema, columns: columns.map(publishedColumn) }),
      source: { kind: 'run', runId: run.id },
      provenance: provenanceOf(run, seedSet, stored),
      table: { kind: 'columns', table: publishedRows(table, columns) },
      ...(stored.recipe.outputs?.rowsPerPart === undefined ? {} : { rowsPerPart: stored.recipe.outputs.rowsPerPart }),
    },
    {
      signal,
      onProgress: ({ rows }) => deps.board.publish({ run, phase: 'package', done: rows / table.rows }),
    },
  )
  return record.id
}

function draftOf(
  { dataset, recipe }: TableRun,
  { seedSet, schema, columns }: { seedSet: SeedSet; schema: SeedSchema; columns: DatasetDraftInput['columns'] },
): DatasetDraftInput {
  const title = dataset.title ?? `${dataset.name} (synthetic)`
  const description =
    dataset.description ??
    recipe.description ??
    `Synthetic table with ${recipe.rows} rows, generated under differential privacy (epsilon ${recipe.epsilon}).`
  return {
    name: dataset.name,
    version: dataset.version,
    title,
    description,
    ...(dataset.keywords === undefined ? {} : { keywords: dataset.keywords }),
    ...(dataset.license === undefined ? {} : { license: dataset.license }),
    subject: schema.subject,
    seedSet: seedSet.name,
    columns,
  }
}

function provenanceOf(run: TableRun, seedSet: SeedSet, { measurements }: StoredMeasurements): Provenance {
  const { epsilon, delta, unit, rowsPerUnit } = measurements.budget
  return {
    generator: { name: 'tanemaki dp-table', version: '1' },
    recipe: { sha256: run.recipeSha256 },
    seedCommitment: seedSet.commitment.root,
    privacy: {
      definition: 'differential privacy under addition or removal of one unit',
      epsilon,
      delta,
      unit: unit === 'row' ? 'row' : `all rows of one value of a column, at most ${rowsPerUnit}`,
    },
  }
}
