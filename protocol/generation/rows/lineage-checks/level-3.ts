import { Sha256 } from '../../../../schemas/ids.ts'
import type { LineageRecord, OpenedRow } from '../../../../schemas/lineage.ts'
import type { RowRecord } from '../../../../schemas/row-recipe.ts'
import { digestHex, fromHex } from '../../../canonical/hash.ts'
import { canonicalJson } from '../../../canonical/jcs.ts'
import { leafHash, verifyInclusion } from '../../../canonical/merkle.ts'
import { Faults, type Finding, notApplicable } from '../../../ledger/verify-bundle/bundle.ts'
import { seedCommitmentOf } from '../../seed-commitment.ts'
import { TURNS } from '../attempts.ts'
import { answerCommitment, answerDigest, promptCommitment, promptDigest, rowLeaf } from '../lineage.ts'
import { expressionCell, isAccepted, recordCell, skippedCell } from '../local-cells.ts'
import { correctionMessages, promptMessages } from '../prompts.ts'
import { readAnswer } from '../read-answer.ts'
import { renderOutput } from '../render-output.ts'
import type { PlannedAnswer, PlannedColumn } from '../row-plan.ts'
import { createRowSampler } from '../samplers.ts'
import { TemplateError } from '../templates/syntax.ts'
import { validationCell } from '../validate.ts'
import { type Disclosed, placeOf } from './disclosed.ts'

type OpenedPair = { readonly opened: OpenedRow; readonly record: LineageRecord }

function pairsOf({ disclosure }: Disclosed): OpenedPair[] {
  const records = new Map(disclosure.records.map(({ record }) => [record.row, record]))
  return disclosure.opened.flatMap((opened) => {
    const record = records.get(opened.row)
    return record === undefined ? [] : [{ opened, record }]
  })
}

/** Every opened row has a record, or nothing binds it. */
export function checkOpened(disclosed: Disclosed): Finding {
  const { opened } = disclosed.disclosure
  if (opened.length === 0) return notApplicable('no row is opened')
  const faults = new Faults()
  const bound = new Set(pairsOf(disclosed).map((pair) => pair.opened.row))
  for (const each of opened) faults.expect(bound.has(each.row), placeOf(each), 'its lineage is not disclosed')
  return faults.finding(`${opened.length} rows are opened`)
}

/** The records of seed sets that were opened are rows of the committed seed sets. */
export function checkSeeds(disclosed: Disclosed): Finding {
  const { disclosure, hashing } = disclosed
  const faults = new Faults()
  let checked = 0
  for (const { opened } of pairsOf(disclosed)) {
    for (const [source, opening] of Object.entries(opened.seeds)) {
      checked += 1
      const commitment = seedCommitmentOf(opening.row, fromHex(opening.salt), hashing)
      const { index, size } = opening
      const committed = Sha256.safeParse(disclosure.commitments[source])
      const root = committed.success ? fromHex(committed.data) : new Uint8Array(0)
      const leaf = leafHash(commitment, hashing.sha256)
      const isIn = verifyInclusion({ index, size, leaf, root, proof: opening.proof.map(fromHex) }, hashing.sha256)
      faults.expect(isIn, placeOf(opened), `its record of ${source} is not in the committed seed set`)
      const values = canonicalJson(Object.values(opened.records[source] ?? {}).toSorted(byText))
      const isSame = values === canonicalJson([...opening.row].toSorted(byText))
      faults.expect(isSame, placeOf(opened), `its record of ${source} is not the one of the commitment`)
    }
  }
  if (checked === 0) return notApplicable('no record of a seed set is opened with its commitment')
  return faults.finding(`${checked} records are rows of the committed seed sets`)
}

/** Columns stand in the order of the schema in one and in that of the alphabet in the other. */
function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

/** What was asked follows from the opened cells by the recipe, and is what the lineage commits to. */
export function checkPrompts(disclosed: Disclosed): Finding {
  const { plan, hashing } = disclosed
  const faults = new Faults()
  let checked = 0
  for (const { opened, record } of pairsOf(disclosed)) {
    for (const [at, call] of record.calls.entries()) {
      const asked = askedFor(plan.columns, { opened, record, at }, plan.recipe.language)
      if (asked === undefined) continue
      checked += 1
      const salt = fromHex(opened.calls[at]?.salt ?? '')
      const commitment = promptCommitment(promptDigest(asked, hashing), salt, hashing)
      faults.expect(commitment === call.prompt, placeOf(record), `${call.column}: another prompt was sent`)
    }
  }
  if (checked === 0) return notApplicable('no prompt can be rendered from what is opened')
  return faults.finding(`${checked} prompts, rendered anew, are those that the lineage commits to`)
}

interface AskedPlace {
  readonly opened: OpenedRow
  readonly record: LineageRecord
  /** Number of the call. */
  readonly at: number
}

/** The messages, or the texts to embed, of a call; undefined when what they rest on is not opened. */
function askedFor(columns: readonly PlannedColumn[], { opened, record, at }: AskedPlace, language: string): unknown {
  const call = record.calls[at]
  const planned = columns.find(({ name }) => name === call?.column)
  if (call === undefined || planned === undefined) return undefined
  if (planned.kind === 'embedding') {
    const cell = opened.cells[planned.column.target] ?? null
    return Array.isArray(cell) ? cell.map(String) : [typeof cell === 'string' ? cell : JSON.stringify(cell)]
  }
  if (planned.kind !== 'answer') return undefined
  const opening = rendered(planned, opened.cells, language)
  if (opening === undefined || call.attempt % TURNS === 0) return opening
  const answer = opened.calls[at - 1]?.answer
  if (answer === undefined) return undefined
  const reading = readAnswer(planned, answer)
  return 'problem' in reading ? correctionMessages(opening, { answer, problem: reading.problem }, language) : undefined
}

function rendered(planned: PlannedAnswer, cells: RowRecord, language: string) {
  try {
    return promptMessages(planned, cells, language)
  } catch (error) {
    if (error instanceof TemplateError) return undefined
    throw error
  }
}

/** Answers are those that the lineage commits to, and the cells are what they say. */
export function checkAnswers(disclosed: Disclosed): Finding {
  const { plan, hashing } = disclosed
  const faults = new Faults()
  let checked = 0
  for (const { opened, record } of pairsOf(disclosed)) {
    for (const [at, call] of record.calls.entries()) {
      const { salt, answer } = opened.calls[at] ?? {}
      if (salt === undefined || answer === undefined) continue
      checked += 1
      const commitment = answerCommitment(answerDigest(call.request, answer, hashing), fromHex(salt), hashing)
      const place = placeOf(record)
      faults.expect(commitment === call.answer, place, `${call.column}: another answer was given`)
      const planned = plan.columns.find(({ name }) => name === call.column)
      const isLast = record.calls[at + 1]?.column !== call.column
      if (planned?.kind !== 'answer' || !isLast) continue
      const reading = readAnswer(planned, answer)
      const isCell = 'value' in reading && canonicalJson(reading.value) === canonicalJson(opened.cells[call.column])
      faults.expect(isCell, place, `${call.column}: the cell is not what the answer says`)
    }
  }
  if (checked === 0) return notApplicable('no answer is opened')
  return faults.finding(`${checked} answers are those that the lineage commits to, and give the cells`)
}

/** All that is reckoned without a model is reckoned anew: records, samplers, expressions, checks, skips, acceptance, the published row. */
export function checkCells(disclosed: Disclosed): Finding {
  const { disclosure, plan, hashing } = disclosed
  const faults = new Faults()
  const sampler = createRowSampler(plan, fromHex(disclosure.runSeed.seed))
  const pairs = pairsOf(disclosed)
  for (const { opened, record } of pairs) {
    const place = placeOf(record)
    const skipped = new Set<string>()
    const sampled = sampler.row(record.candidate)
    for (const planned of plan.columns) {
      const expected = reckoned(planned, { opened, sampled, skipped })
      const isSame = expected === undefined || canonicalJson(expected) === canonicalJson(opened.cells[planned.name])
      faults.expect(isSame, place, `${planned.name}: the cell is another than the recipe gives`)
    }
    const saidSkipped = canonicalJson(record.skipped.toSorted()) === canonicalJson([...skipped].toSorted())
    faults.expect(saidSkipped, place, 'other cells had to be skipped')
    faults.expect(
      attempted(() => isAccepted(plan, opened.cells)) === true,
      place,
      'the recipe does not accept this row',
    )
    const leaf = attempted(() => digestHex(rowLeaf(renderOutput(plan, opened.cells), hashing)))
    faults.expect(leaf === record.output, place, 'the opened cells give another row than the published one')
  }
  if (pairs.length === 0) return notApplicable('no row is opened')
  return faults.finding(`every cell of ${pairs.length} rows that needs no model is reckoned anew`)
}

interface Reckoning {
  readonly opened: OpenedRow
  readonly sampled: RowRecord
  readonly skipped: Set<string>
}

/** undefined for what only a model knows, and for what fails. */
function reckoned(planned: PlannedColumn, { opened, sampled, skipped }: Reckoning): unknown {
  const { cells, records } = opened
  if (planned.kind === 'sampler') return sampled[planned.name] ?? null
  if (planned.kind === 'record') {
    const record = records[planned.source]
    return record === undefined ? undefined : recordCell(planned, record)
  }
  const skip = attempted(() => skippedCell(planned, cells, skipped))
  if (skip !== undefined) {
    skipped.add(planned.name)
    return skip.value
  }
  if (planned.kind === 'expression') return attempted(() => expressionCell(planned, cells)) ?? 'no value'
  if (planned.kind === 'validation') return attempted(() => validationCell(planned, cells)) ?? 'no value'
  return undefined
}

function attempted<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof TemplateError) return undefined
    throw error
  }
}
