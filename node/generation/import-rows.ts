import type { SeedSchema } from '../../schemas/seed-schema.ts'
import type { ImportProgress, SeedDetails, SeedImport } from '../../schemas/seeds.ts'
import { createTreeBuilder, leafHash } from '../../protocol/canonical/merkle.ts'
import { digestHex } from '../../protocol/canonical/hash.ts'
import { placeUnit, type SeedSide, UnitCounter } from '../../protocol/generation/control-split.ts'
import { createSchemaSketch } from '../../protocol/generation/infer-schema.ts'
import { type RowHashing, rowCommitment, type SeedRow } from '../../protocol/generation/seed-commitment.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Records } from '../ports/records.ts'
import { checkRow, keptRow, layoutOf, SeedFaults } from './seed-columns.ts'
import { SEED_BATCH, type SeedFiles } from './seed-files.ts'

const ROWS_BETWEEN_BREATHS = 1024

export interface RowImport {
  readonly id: string
  readonly request: SeedImport
  readonly schema: SeedSchema
  readonly secrets: { readonly rows: Uint8Array; readonly split: Uint8Array }
  readonly hashing: RowHashing
  readonly files: SeedFiles
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ImportedRows {
  /** Root over the commitments of the kept rows. */
  readonly root: string
  readonly details: SeedDetails
}

interface Side {
  rows: number
  batches: number
  buffer: SeedRow[]
}

/** Checks, places and seals every row in one pass; throws Refused at the first twenty faults. */
export async function importRows(records: Records, job: RowImport): Promise<ImportedRows> {
  const { schema, hashing, signal } = job
  const layout = layoutOf(records.header, schema)
  const faults = new SeedFaults()
  const tree = createTreeBuilder({ hash: hashing.sha256 })
  const sides: Record<SeedSide, Side> = { training: emptySide(), control: emptySide() }
  const place = createPlacing(job, faults)
  let seen = 0
  for await (const batch of records.batches()) {
    signal?.throwIfAborted()
    for (const [index, cells] of batch.rows.entries()) {
      if (index % ROWS_BETWEEN_BREATHS === 0) await othersTurn()
      const row = keptRow(cells, layout.positions)
      checkRow(row, { columns: schema.columns, place: batch.place(index), faults })
      const side = place.next(row, batch.place(index))
      if (side === undefined) continue
      const commitment = rowCommitment(row, { secret: job.secrets.rows, index: tree.size }, hashing)
      tree.append(leafHash(commitment, hashing.sha256))
      sides[side].buffer.push(row)
      if (sides[side].buffer.length >= SEED_BATCH) await flush(job, side, sides[side])
    }
    seen += batch.rows.length
    job.onProgress?.({ phase: 'import', rows: seen })
  }
  faults.check()
  if (seen === 0) refuseEmpty()
  for (const side of ['training', 'control'] as const) await flush(job, side, sides[side])
  return {
    root: digestHex(tree.root()),
    details: {
      schema,
      training: countsOf(sides.training),
      control: countsOf(sides.control),
      truncatedRows: place.truncated(),
      ignoredColumns: [...layout.ignored],
      confirmed: [],
      endpoints: { loopback: true, allowed: [] },
    },
  }
}

/** Reads the file once to propose a schema; nothing of it is public. */
export async function inferSchema(records: Records, job: Omit<RowImport, 'schema'>): Promise<SeedSchema> {
  const header = records.header.map((name) => name.trim())
  if (header.length === 1) {
    refuse(
      'table-invalid',
      'the file has one column, so there is nothing to infer a table from',
      'If that is meant, declare the column in a schema file; else check the delimiter (comma) and the header line.',
    )
  }
  if (job.request.unit !== 'row' && !header.includes(job.request.unit)) {
    refuse('table-invalid', 'the unit names no column of the file', 'Name a column of the header, or "row".')
  }
  const sketch = createSchemaSketch(header)
  for await (const batch of records.batches()) {
    job.signal?.throwIfAborted()
    for (const cells of batch.rows) {
      sketch.add(
        keptRow(
          cells,
          header.map((_, at) => at),
        ),
      )
    }
    job.onProgress?.({ phase: 'infer', rows: sketch.rows })
  }
  if (sketch.rows === 0) refuseEmpty()
  const { subject, unit, rowsPerUnit } = job.request
  return sketch.propose({ subject, unit, rowsPerUnit: unit === 'row' ? 1 : rowsPerUnit })
}

/** Lets requests be answered while a large file is read. */
function othersTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function emptySide(): Side {
  return { rows: 0, batches: 0, buffer: [] }
}

function countsOf(side: Side): { rows: number; batches: number } {
  return { rows: side.rows, batches: side.batches }
}

async function flush(job: RowImport, side: SeedSide, into: Side): Promise<void> {
  if (into.buffer.length === 0) return
  await job.files.writeRows({ id: job.id, side, batch: into.batches }, into.buffer)
  into.rows += into.buffer.length
  into.batches += 1
  into.buffer = []
}

interface Placing {
  /** Side of the next row of the file; undefined when it is left out because its unit has its rows already. */
  next(row: SeedRow, place: string): SeedSide | undefined
  truncated(): number
}

/** Bounds the rows of each unit before anything else sees them: the first rowsPerUnit in file order stay. */
function createPlacing(job: RowImport, faults: SeedFaults): Placing {
  const { schema, request, secrets, hashing } = job
  const split = { key: secrets.split, controlPerMille: request.controlPerMille }
  const column = schema.columns.findIndex((each) => each.name === schema.unit)
  const counter = new UnitCounter()
  let rows = 0
  let truncated = 0
  return {
    truncated: () => truncated,
    next: (row, place) => {
      rows += 1
      if (schema.unit === 'row') return placeUnit(String(rows), split, hashing).side
      const unit = row[column] ?? null
      if (unit === null) {
        faults.add(`${place}, column "${schema.unit}"`, 'is empty, but names the privacy unit')
        return undefined
      }
      const { side, unitKey } = placeUnit(unit, split, hashing)
      if (counter.add(unitKey) <= schema.rowsPerUnit) return side
      truncated += 1
      if (!request.truncate) {
        faults.add(
          place,
          `is row ${schema.rowsPerUnit + 1} or later of its unit; allow more rows per unit, or truncate`,
        )
      }
      return undefined
    },
  }
}

function refuseEmpty(): never {
  return refuse('table-invalid', 'the file has no rows', 'A seed set needs at least one row below the header.')
}
