import { refuse } from '../../../protocol/refusal.ts'
import { scaleToUnit } from '../../../protocol/text/vector-duplicates.ts'
import type { DedupReport, PersonaDedup, PersonaPack } from '../../../schemas/personas.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import type { ComparedVectors } from '../../ports/dedup-tasks.ts'
import { openDedupScratch } from './dedup-scratch.ts'
import { dedupTexts, type DedupVerdict } from './dedup-texts.ts'
import type { PackWriter } from './pack-writer.ts'
import { openPersonaRecords } from './persona-reader.ts'
import type { FollowPersonas, PersonaDeps } from './personas.ts'
import { lineBytes, lineStarts } from './record-lines.ts'

/** Numbers of all vectors together: they are compared in memory (1 GiB). */
const MOST_NUMBERS = 2 ** 28
const MOST_THREADS = 8

interface Job {
  readonly request: PersonaDedup
  readonly follow: FollowPersonas
}

export async function dedupPersonas(deps: PersonaDeps, pack: PersonaPack, job: Job): Promise<DedupReport> {
  const { request, follow } = job
  if (pack.state === 'erased') refuse('conflict', 'the persona pack is erased', 'Import or sample it again.')
  const field = request.by.kind === 'vector' ? request.by.field : (request.textField ?? pack.textField)
  if (!pack.fields.includes(field)) {
    refuse('invalid-request', `the pack has no field "${field}"`, `Its fields: ${pack.fields.join(', ')}`)
  }
  if ((await deps.personas.personaPack(request.name))?.state === 'kept') {
    refuse('conflict', 'there is a persona pack of this name', 'Choose another name, or erase the old pack first.')
  }
  const scratch = openDedupScratch(deps, pack, request)
  const verdict =
    request.by.kind === 'vector'
      ? await dedupVectors(deps, pack, { by: request.by, follow })
      : await dedupTexts({
          files: deps.personaFiles,
          workers: deps.workers,
          scratch,
          pack,
          starts: await deps.personaFiles.starts(pack.id),
          field,
          comparison: request.by,
          threads: Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency)),
          onProgress: (progress) => follow.onProgress?.(progress),
          signal: follow.signal,
        })
  const { source, licence, attribution, description, textField } = pack
  const origin = { kind: 'deduplicated', pack: pack.id, digest: pack.digest } as const
  const made = await deps.make(
    { name: request.name, source, licence, attribution, description, textField, origin },
    (writer) => writeKept(deps, pack, { writer, verdict, follow }),
  )
  await scratch.remove()
  const gone = pack.count - made.count
  return {
    pack: made,
    from: { id: pack.id, name: pack.name, digest: pack.digest, count: pack.count },
    by: request.by,
    kept: made.count,
    exact: verdict.exact,
    near: gone - verdict.exact,
    compared: verdict.compared,
    passedOver: verdict.passedOver,
  }
}

async function writeKept(
  { personaFiles }: PersonaDeps,
  pack: PersonaPack,
  { writer, verdict, follow }: { writer: PackWriter; verdict: DedupVerdict; follow: FollowPersonas },
): Promise<void> {
  const { starts, count } = await personaFiles.starts(pack.id)
  for (const [batch, first] of starts.entries()) {
    follow.signal?.throwIfAborted()
    const bytes = await personaFiles.batch(pack.id, batch)
    const lines = lineStarts(bytes)
    const kept: Uint8Array[] = []
    for (let line = 0; line < lines.length - 1; line += 1) {
      if (verdict.removed[first + line] === 0) kept.push(lineBytes(bytes, lines, line))
    }
    await writer.addLines(kept, pack.fields)
    follow.onProgress?.({ phase: 'write', done: first + lines.length - 1, total: count })
  }
}

async function dedupVectors(
  deps: PersonaDeps,
  pack: PersonaPack,
  { by, follow }: { by: Extract<PersonaDedup['by'], { kind: 'vector' }>; follow: FollowPersonas },
): Promise<DedupVerdict> {
  const records = await openPersonaRecords(deps.personaFiles, pack)
  let vectors = new Float32Array(0)
  let dimensions = 0
  let record = 0
  for await (const batch of records.batches()) {
    follow.signal?.throwIfAborted()
    for (const each of batch) {
      const vector = numbersOf(each[by.field])
      if (record === 0) {
        dimensions = vector?.length ?? 0
        vectors = spaceFor(pack.count, dimensions)
      }
      if (vector === undefined || vector.length !== dimensions) {
        return refuse(
          'table-invalid',
          `record ${record + 1} has no list of ${dimensions} numbers in "${by.field}"`,
          'Vectors are lists of numbers, all of one length.',
        )
      }
      vectors.set(vector, record * dimensions)
      record += 1
    }
  }
  scaleToUnit(vectors, dimensions)
  const { removed } = await deps.workers.run<ComparedVectors>(
    'dedup-vectors',
    { vectors, dimensions, threshold: by.threshold },
    {
      ...(follow.signal === undefined ? {} : { signal: follow.signal }),
      onProgress: (progress) => {
        const done = typeof progress === 'object' && progress !== null && 'done' in progress ? Number(progress.done) : 0
        follow.onProgress?.({ phase: 'compare', done, total: pack.count })
      },
    },
  )
  return { removed, exact: 0, compared: pack.count, passedOver: 0 }
}

function spaceFor(count: number, dimensions: number): Float32Array<ArrayBuffer> {
  if (dimensions === 0) refuse('table-invalid', 'the first record has no vector', 'Vectors are lists of numbers.')
  if (count * dimensions > MOST_NUMBERS) {
    refuse(
      'too-large',
      `the vectors hold more than ${MOST_NUMBERS} numbers`,
      'Deduplicate the texts first, or use shorter vectors.',
    )
  }
  return new Float32Array(count * dimensions)
}

/** A list of numbers, or its text as a table file holds it. */
function numbersOf(value: CellValue | undefined): readonly number[] | undefined {
  const list: unknown = typeof value === 'string' && value.startsWith('[') ? parsed(value) : value
  return Array.isArray(list) && list.every((each): each is number => typeof each === 'number') ? list : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
