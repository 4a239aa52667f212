import * as z from 'zod'
import { evaluateTable } from '../../../../protocol/evaluation/evaluate-table.ts'
import { measureTexts } from '../../../../protocol/evaluation/measure-texts.ts'
import { type PublishedRow, textsOfCell } from '../../../../protocol/evaluation/published-texts.ts'
import { isModelled } from '../../../../protocol/generation/cells.ts'
import type { Table } from '../../../../protocol/generation/table.ts'
import { Refused } from '../../../../protocol/refusal.ts'
import { DpClaim, type FullReport, GateThresholds } from '../../../../schemas/evaluation.ts'
import { SeedSchema } from '../../../../schemas/seed-schema.ts'
import type { EvaluateTask, TextEvidence } from '../../../ports/evaluation-task.ts'
import type { Cell } from '../../../ports/tables.ts'
import { hashFile } from '../../tabular/hash-file.ts'
import { openRawTable } from '../../tabular/open-raw-table.ts'
import { publishedValue } from '../../tabular/published-values.ts'
import { TableInput } from './table-input.ts'

const SeedTextsInput = z.object({
  rows: z.array(z.array(z.string())),
  publicTexts: z.array(z.string()),
  identifiers: z.array(z.string()),
  complete: z.boolean(),
})

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
  textEvidence: z.object({
    strings: z.array(z.string()),
    texts: z.array(z.string()),
    training: SeedTextsInput,
    control: SeedTextsInput,
  }),
})

/**
 * Worker task `evaluate`: reads the published files back from disk and measures what they hold.
 * Progress: `{ phase, done }`, phase is `read` or the gate.
 */
export async function runEvaluate(input: unknown, onProgress: (progress: unknown) => void): Promise<FullReport> {
  const { parts, rows, undeclared, textEvidence, claim, target, ...task } = Input.parse(input)
  for (const part of parts) checkDigest(part)
  onProgress({ phase: 'read', done: 0 })
  const { thresholds, seed } = task
  const reading = { parts, rows, undeclared, schema: task.schema, textColumns: textEvidence.texts }
  const synthetic = await readParts(reading, (done) => onProgress({ phase: 'read', done }))
  onProgress({ phase: 'texts', done: 0 })
  const texts = await measureTexts({
    columns: textEvidence.texts,
    training: textEvidence.training,
    control: textEvidence.control,
    thresholds,
    seed,
    read: () => readStrings(parts, textEvidence),
    onRows: (done) => onProgress({ phase: 'texts', done: done / rows }),
  })
  return evaluateTable({
    ...task,
    synthetic,
    texts,
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

interface Reading extends Pick<EvaluateTask, 'parts' | 'rows' | 'schema' | 'undeclared'> {
  readonly textColumns: readonly string[]
}

/** Columns of the files that the schema lacks are kept as empty numbers when they count as broken. */
async function readParts(
  { parts, rows, schema, undeclared, textColumns }: Reading,
  onProgress: (done: number) => void,
): Promise<Table> {
  const columns = schema.columns
    .filter(isModelled)
    .map((column) => ({ column, position: -1, values: new Float64Array(rows) }))
  const known = new Set([...columns.map(({ column }) => column.name), ...textColumns])
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

/** The strings of every row, a batch at a time. A file without strings is not read, its rows have none. */
async function* readStrings(
  parts: EvaluateTask['parts'],
  { strings, texts }: Pick<TextEvidence, 'strings' | 'texts'>,
): AsyncGenerator<readonly PublishedRow[]> {
  if (strings.length === 0) return
  for (const { path } of parts) {
    const table = await openRawTable(path, 'parquet')
    const placesOf = (names: readonly string[]) =>
      names.map((name) => table.header.indexOf(name)).filter((place) => place >= 0)
    const [all, free] = [placesOf(strings), placesOf(texts)]
    const cellsAt = (cells: readonly Cell[], places: readonly number[]) =>
      places.flatMap((place) => {
        const cell = cells[place] ?? null
        return cell === null ? [] : textsOfCell(String(cell))
      })
    for await (const batch of table.batches()) {
      yield batch.rows.map((cells) => ({ strings: cellsAt(cells, all), texts: cellsAt(cells, free) }))
    }
  }
}
