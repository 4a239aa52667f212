import * as z from 'zod'
import { evaluateTable } from '../../../../protocol/evaluation/evaluate-table.ts'
import { isModelled } from '../../../../protocol/generation/cells.ts'
import type { Table } from '../../../../protocol/generation/table.ts'
import { Refused } from '../../../../protocol/refusal.ts'
import { DpClaim, type FullReport, GateThresholds } from '../../../../schemas/evaluation.ts'
import { SeedSchema } from '../../../../schemas/seed-schema.ts'
import type { EvaluateTask } from '../../../ports/evaluation-task.ts'
import { hashFile } from '../../tabular/hash-file.ts'
import { openRawTable } from '../../tabular/open-raw-table.ts'
import { publishedValue } from '../../tabular/published-values.ts'
import { TableInput } from './table-input.ts'

const Input = z.object({
  schema: SeedSchema,
  thresholds: GateThresholds,
  training: TableInput,
  control: TableInput,
  evidence: z.object({ drawnBeforeGeneration: z.boolean(), disjointByUnit: z.boolean() }),
  claim: DpClaim.optional(),
  target: z.string().optional(),
  seed: z.instanceof(Uint8Array),
  parts: z.array(z.object({ path: z.string(), sha256: z.string(), chunk: z.int() })),
  rows: z.int(),
  undeclared: z.enum(['break', 'ignore']),
})

/**
 * Worker task `evaluate`: reads the published files back from disk and measures what they hold.
 * Progress: `{ phase, done }`, phase is `read` or the gate.
 */
export async function runEvaluate(input: unknown, onProgress: (progress: unknown) => void): Promise<FullReport> {
  const { parts, rows, undeclared, claim, target, ...task } = Input.parse(input)
  for (const part of parts) checkDigest(part)
  onProgress({ phase: 'read', done: 0 })
  const reading = { parts, rows, undeclared, schema: task.schema }
  const synthetic = await readParts(reading, (done) => onProgress({ phase: 'read', done }))
  return evaluateTable({
    ...task,
    synthetic,
    ...(claim === undefined ? {} : { claim }),
    ...(target === undefined ? {} : { target }),
    onProgress: (phase, done) => onProgress({ phase, done }),
  })
}

function checkDigest({ path, sha256, chunk }: EvaluateTask['parts'][number]): void {
  if (hashFile(path, { chunk, flat: true }).sha256 === sha256) return
  throw new Refused({
    code: 'conflict',
    detail: 'a file of the dataset is not the one that was packaged',
    hint: 'Make the dataset again; something changed its files on disk.',
  })
}

type Reading = Pick<EvaluateTask, 'parts' | 'rows' | 'schema' | 'undeclared'>

/** Columns of the files that the schema lacks are kept as empty numbers when they count as broken. */
async function readParts(
  { parts, rows, schema, undeclared }: Reading,
  onProgress: (done: number) => void,
): Promise<Table> {
  const columns = schema.columns
    .filter(isModelled)
    .map((column) => ({ column, position: -1, values: new Float64Array(rows) }))
  const known = new Set(columns.map(({ column }) => column.name))
  const others = new Set<string>()
  let at = 0
  for (const { path } of parts) {
    const table = await openRawTable(path, 'parquet')
    for (const name of table.header) if (!known.has(name) && undeclared === 'break') others.add(name)
    for (const each of columns) each.position = table.header.indexOf(each.column.name)
    for await (const batch of table.batches()) {
      for (const cells of batch.rows) {
        for (const { column, position, values } of columns) values[at] = publishedValue(column, cells[position] ?? null)
        at += 1
      }
      onProgress(at / rows)
    }
  }
  const present = columns.filter((each) => each.position >= 0)
  return {
    rows: at,
    columns: [
      ...present.map(({ column, values }) => ({ name: column.name, values })),
      ...[...others].map((name) => ({ name, values: new Float64Array(rows) })),
    ],
  }
}
