import { type LineageCall, LineageRecord } from '../../../schemas/lineage.ts'
import type { Call, Outcome } from '../../../schemas/outcomes.ts'
import type { CellValue } from '../../../schemas/row-columns.ts'
import type { Sha256 } from '../../../schemas/ids.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import { concatBytes, digestHex, fromHex, utf8 } from '../../canonical/hash.ts'
import { canonicalBytes } from '../../canonical/jcs.ts'
import { createTreeBuilder, leafHash } from '../../canonical/merkle.ts'
import type { RowHashing } from '../seed-commitment.ts'
import type { PublishedCell } from './render-output.ts'
import type { RowPlan } from './row-plan.ts'
import { memberOf } from './templates/values.ts'

const RECORD_DOMAIN = utf8('urn:tanemaki:lineage-record:v1\0')
const PROMPT_DOMAIN = utf8('urn:tanemaki:lineage-prompt:v1\0')
const ANSWER_DOMAIN = utf8('urn:tanemaki:lineage-answer:v1\0')
const SEED_DOMAIN = utf8('urn:tanemaki:run-seed:v1\0')

/** Leaf of a published row in the tree of rows: RFC 6962 leaf hash of its RFC 8785 form. Decimals are texts, absent values null. */
export function rowLeaf(row: Readonly<Record<string, PublishedCell>>, hashing: RowHashing): Uint8Array {
  return leafHash(canonicalBytes(row), hashing.sha256)
}

/** Salt of the record of a row: HMAC-SHA-256(secret, row as u64 big-endian). */
export function recordSalt(secret: Uint8Array, row: number, hashing: RowHashing): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(row))
  return hashing.hmac(secret, bytes)
}

/** Salt of the call that is number `call` in the record of a row: HMAC-SHA-256(secret, row as u64 ‖ call as u32, big-endian). */
export function callSalt(
  secret: Uint8Array,
  { row, call }: { readonly row: number; readonly call: number },
  hashing: RowHashing,
): Uint8Array {
  const bytes = new Uint8Array(12)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(row))
  view.setUint32(8, call)
  return hashing.hmac(secret, bytes)
}

/** Commitment to a record: SHA-256(domain ‖ salt ‖ RFC 8785 form). Commitments in row order are the entries of the lineage tree. */
export function lineageCommitment(record: LineageRecord, salt: Uint8Array, hashing: RowHashing): Uint8Array {
  return hashing.sha256(concatBytes(RECORD_DOMAIN, salt, canonicalBytes(record)))
}

/** Commitment to what was asked; `digest` is the `prompt` of the call. */
export function promptCommitment(digest: Sha256, salt: Uint8Array, hashing: RowHashing): Sha256 {
  return digestHex(hashing.sha256(concatBytes(PROMPT_DOMAIN, salt, fromHex(digest))))
}

/** Commitment to what was answered; `digest` is the `answer` of the call. */
export function answerCommitment(digest: Sha256, salt: Uint8Array, hashing: RowHashing): Sha256 {
  return digestHex(hashing.sha256(concatBytes(ANSWER_DOMAIN, salt, fromHex(digest))))
}

/** Digest of an answer as calls hold it: SHA-256 of the request's code in hexadecimal, a zero byte and the text. */
export function answerDigest(request: Sha256, text: string, hashing: RowHashing): Sha256 {
  return digestHex(hashing.sha256(utf8(`${request}\0${text}`)))
}

/** Digest of what was asked as calls hold it: SHA-256 of the RFC 8785 form of the messages, or of the texts to embed. */
export function promptDigest(asked: unknown, hashing: RowHashing): Sha256 {
  return digestHex(hashing.sha256(canonicalBytes(asked)))
}

/** Salted commitment to a run seed, which the manifest holds. */
export function runSeedCommitment(seed: string, salt: Uint8Array, hashing: RowHashing): Sha256 {
  return digestHex(hashing.sha256(concatBytes(SEED_DOMAIN, salt, fromHex(seed))))
}

/** Names of the columns that anyone can replay from recipe and run seed: samplers, and expressions over such columns alone. */
export function replayableColumns({ columns }: RowPlan): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { kind, name, needs } of columns) {
    if (kind === 'sampler' || (kind === 'expression' && needs.every((need) => names.has(need)))) names.add(name)
  }
  return names
}

export interface RowLineage {
  /** Of the run; whoever has it can open every record. */
  readonly secret: Uint8Array
  readonly hashing: RowHashing
  readonly replayable: ReadonlySet<string>
}

/** The lineage of an accepted candidate that became row number `row`. */
export function lineageRecord(
  plan: RowPlan,
  { outcome, row, output }: { readonly outcome: Outcome; readonly row: number; readonly output: Uint8Array },
  { secret, hashing, replayable }: RowLineage,
): LineageRecord {
  const { cells, calls } = outcome
  const of = (kinds: (column: RowPlan['columns'][number]) => boolean) =>
    plan.columns.filter((planned) => kinds(planned) && cells[planned.name] !== undefined).map(({ name }) => name)
  const validations = of(({ kind }) => kind === 'validation').flatMap((name) => {
    const said = validationOf(cells[name] ?? null)
    return said === undefined ? [] : [[name, said] as const]
  })
  const judges = of(({ column }) => column.type === 'llm-judge').flatMap((name) => {
    const scores = scoresOf(cells[name] ?? null)
    return scores === undefined ? [] : [[name, scores] as const]
  })
  return LineageRecord.parse({
    row,
    candidate: outcome.index,
    sources: outcome.sources,
    skipped: outcome.skipped,
    drawn: pick(cells, [...replayable]),
    validations: Object.fromEntries(validations),
    judgements: Object.fromEntries(judges),
    calls: calls.map((call, at) => lineageCall(call, callSalt(secret, { row, call: at }, hashing), hashing)),
    output: digestHex(output),
  })
}

function lineageCall(call: Call, salt: Uint8Array, hashing: RowHashing): LineageCall {
  const { usage: _, prompt, answer, ...said } = call
  return {
    ...said,
    prompt: promptCommitment(prompt, salt, hashing),
    answer: answerCommitment(answer, salt, hashing),
  }
}

function pick(cells: RowRecord, names: readonly string[]): RowRecord {
  return Object.fromEntries(names.flatMap((name) => (cells[name] === undefined ? [] : [[name, cells[name]]])))
}

/** `valid` and `failed` of a validation cell; undefined of a skipped one. */
export function validationOf(cell: CellValue): { valid: boolean; failed: string[] } | undefined {
  const [valid, failed] = [memberOf(cell, 'valid'), memberOf(cell, 'failed')]
  if (typeof valid !== 'boolean' || !Array.isArray(failed)) return undefined
  return { valid, failed: failed.map(String) }
}

/** Scores of a judge's cell without their reasoning; undefined of a skipped one. */
export function scoresOf(cell: CellValue): Record<string, number | string> | undefined {
  if (typeof cell !== 'object' || cell === null || Array.isArray(cell)) return undefined
  return Object.fromEntries(
    Object.entries(cell).flatMap(([name, part]) => {
      const score = memberOf(part, 'score')
      return typeof score === 'number' || typeof score === 'string' ? [[name, score]] : []
    }),
  )
}

/** Grows the trees of rows and of their lineage, row by row. */
export interface LineageTrees {
  add(outcome: Outcome, row: Readonly<Record<string, PublishedCell>>): void
  roots(): { readonly rowRoot: Sha256; readonly lineageRoot: Sha256 }
}

/** `onRecord` is told each record and its leaf in the lineage tree, for making proofs. */
export function createLineageTrees(
  plan: RowPlan,
  { secret, hashing }: Pick<RowLineage, 'secret' | 'hashing'>,
  onRecord?: (record: LineageRecord, leaf: Uint8Array) => void,
): LineageTrees {
  const rows = createTreeBuilder({ hash: hashing.sha256 })
  const lineage = createTreeBuilder({ hash: hashing.sha256 })
  const replayable = replayableColumns(plan)
  return {
    add: (outcome, published) => {
      const row = rows.size
      const output = rowLeaf(published, hashing)
      rows.append(output)
      const record = lineageRecord(plan, { outcome, row, output }, { secret, hashing, replayable })
      const leaf = leafHash(lineageCommitment(record, recordSalt(secret, row, hashing), hashing), hashing.sha256)
      lineage.append(leaf)
      onRecord?.(record, leaf)
    },
    roots: () => ({ rowRoot: digestHex(rows.root()), lineageRoot: digestHex(lineage.root()) }),
  }
}
