import type { PersonaImport, PersonaPack } from '../../../schemas/personas.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { Cell } from '../../ports/tables.ts'
import type { SealedUploads } from '../sealed-upload.ts'
import { saidOf } from './pack-formats.ts'
import type { FollowPersonas, PersonaDeps } from './personas.ts'

/** Takes an uploaded file in as a pack, whatever its columns; the upload is gone afterwards. */
export async function importPersonas(
  deps: PersonaDeps,
  uploads: SealedUploads,
  { request, follow }: { request: PersonaImport; follow: FollowPersonas },
): Promise<PersonaPack> {
  try {
    const { upload, bytes } = uploads.source(request.uploadId)
    const delimiter = request.delimiter === undefined ? {} : { delimiter: request.delimiter }
    const records = await deps.records.open(bytes, upload.format, delimiter)
    const origin = { kind: 'imported', format: upload.format } as const
    return await deps.make({ name: request.name, ...saidOf(request, records.header), origin }, async (writer) => {
      let rows = 0
      for await (const batch of records.batches()) {
        follow.signal?.throwIfAborted()
        await writer.add(batch.rows.map((cells) => recordOf(records.header, cells)))
        rows += batch.rows.length
        follow.onProgress?.({ phase: 'import', done: rows })
      }
    })
  } finally {
    await uploads.remove(request.uploadId)
  }
}

/** Empty cells are left out. */
function recordOf(header: readonly string[], cells: readonly Cell[]): RowRecord {
  const record: RowRecord = {}
  for (const [at, name] of header.entries()) {
    const cell = cells[at] ?? null
    if (cell === null || cell === '') continue
    record[name] = typeof cell === 'bigint' ? String(cell) : typeof cell === 'string' ? cell.toWellFormed() : cell
  }
  return record
}
