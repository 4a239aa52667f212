import type { LineageRecord } from '../../../../schemas/lineage.ts'
import type { RowRecord } from '../../../../schemas/row-recipe.ts'
import { fromHex } from '../../../canonical/hash.ts'
import { canonicalJson } from '../../../canonical/jcs.ts'
import { Faults, type Finding, notApplicable } from '../../../ledger/verify-bundle/bundle.ts'
import { callParameters } from '../call-parameters.ts'
import { requestSeed } from '../counter-random.ts'
import { rowRecipeFingerprint } from '../fingerprint.ts'
import { replayableColumns, runSeedCommitment } from '../lineage.ts'
import { expressionCell, isAccepted, skippedCell } from '../local-cells.ts'
import { renderOutput } from '../render-output.ts'
import { createRowSampler } from '../samplers.ts'
import { createSourceWalk } from '../source-walk.ts'
import { TemplateError } from '../templates/syntax.ts'
import { type Disclosed, placeOf } from './disclosed.ts'

/** The recipe and what its sources hold are those whose fingerprint the manifest names. */
export function checkRecipe({ dataset, disclosure }: Disclosed): Finding {
  const named = dataset.provenance.recipe?.sha256
  if (named === undefined) return notApplicable('the manifest names no recipe')
  const faults = new Faults()
  const fingerprint = rowRecipeFingerprint(disclosure.recipe, disclosure.commitments)
  faults.expect(fingerprint === named, 'recipe', 'the recipe is not the one of the manifest')
  return faults.finding('the recipe has the fingerprint that the manifest names')
}

/** The run seed is the one that the manifest commits to. */
export function checkRunSeed({ dataset, disclosure, hashing }: Disclosed): Finding {
  const named = dataset.provenance['runSeedCommitment']
  if (named === undefined) return notApplicable('the manifest commits to no run seed')
  const faults = new Faults()
  const { seed, salt } = disclosure.runSeed
  faults.expect(runSeedCommitment(seed, fromHex(salt), hashing) === named, 'run seed', 'it is another run seed')
  return faults.finding('the run seed is the one that the manifest commits to')
}

/** Rows stand in the order of their candidates, each made from the records that the walk of the recipe gives it. */
export function checkWalk({ disclosure, plan }: Disclosed): Finding {
  const faults = new Faults()
  const { recipe, sizes, runSeed, funnel } = disclosure
  const walk = createSourceWalk(recipe, sizes, fromHex(runSeed.seed))
  const records = disclosure.records.map(({ record }) => record).toSorted((a, b) => a.row - b.row)
  let before: LineageRecord | undefined
  for (const record of records) {
    const place = placeOf(record)
    const inside = record.candidate >= record.row && record.candidate < Math.min(funnel.candidates, walk.candidates)
    faults.expect(inside, place, 'its candidate is none of the run')
    const gap = before === undefined ? 0 : record.candidate - before.candidate - (record.row - before.row)
    faults.expect(gap >= 0, place, 'its candidate is out of order')
    const expected = inside ? walk.recordsOf(record.candidate) : {}
    faults.expect(
      canonicalJson(record.sources) === canonicalJson(expected),
      place,
      'it was made from other records than the recipe gives it',
    )
    before = record
  }
  if (before === undefined) return notApplicable('no record is disclosed')
  const names = Object.keys(plan.recipe.sources)
  return faults.finding(
    `order, and records of ${names.length === 0 ? 'no source' : names.join(', ')}, follow the recipe`,
  )
}

/** Sampled values, and expressions over nothing else, are those that recipe and run seed give; in the published row too. */
export function checkDrawn({ disclosure, plan, published }: Disclosed): Finding {
  const faults = new Faults()
  const replayable = replayableColumns(plan)
  const sampler = createRowSampler(plan, fromHex(disclosure.runSeed.seed))
  for (const { record } of disclosure.records) {
    const place = placeOf(record)
    const cells = replayed({ plan, sampled: sampler.row(record.candidate), replayable })
    if (!faults.expect(cells !== undefined, place, 'an expression fails on its drawn values') || cells === undefined)
      continue
    const same = canonicalJson(record.drawn) === canonicalJson(cells.drawn)
    faults.expect(same, place, 'its drawn values are not those of the recipe')
    const skipped = record.skipped.filter((name) => replayable.has(name))
    faults.expect(canonicalJson(skipped) === canonicalJson(cells.skipped), place, 'other cells had to be skipped')
    const row = published.get(record.row)
    if (row === undefined || plan.recipe.outputs.row.format !== 'table') continue
    const expected = renderOutput(plan, cells.drawn)
    const shown = plan.kept.filter((name) => replayable.has(name))
    const agrees = shown.every((name) => canonicalJson(row[name] ?? null) === canonicalJson(expected[name] ?? null))
    faults.expect(agrees, place, 'a drawn value of the published row is not that of the recipe')
  }
  if (disclosure.records.length === 0) return notApplicable('no record is disclosed')
  if (replayable.size === 0) return notApplicable('the recipe draws no values')
  return faults.finding(
    `${[...replayable].join(', ')} of ${disclosure.records.length} rows are drawn as the recipe says`,
  )
}

interface Replaying {
  readonly plan: Disclosed['plan']
  readonly sampled: RowRecord
  readonly replayable: ReadonlySet<string>
}

interface Replay {
  readonly drawn: RowRecord
  readonly skipped: readonly string[]
}

function replayed(replaying: Replaying): Replay | undefined {
  try {
    return replay(replaying)
  } catch (error) {
    if (error instanceof TemplateError) return undefined
    throw error
  }
}

function replay({ plan, sampled, replayable }: Replaying): Replay {
  const drawn: RowRecord = { ...sampled }
  const skipped = new Set<string>()
  for (const planned of plan.columns) {
    if (planned.kind !== 'expression' || !replayable.has(planned.name)) continue
    const skip = skippedCell(planned, drawn, skipped)
    if (skip !== undefined) skipped.add(planned.name)
    drawn[planned.name] = skip === undefined ? expressionCell(planned, drawn) : skip.value
  }
  return { drawn, skipped: [...skipped] }
}

/** Parameters and seeds of requests are those that recipe and run seed give. */
export function checkParameters({ disclosure, plan }: Disclosed): Finding {
  const faults = new Faults()
  const runSeed = fromHex(disclosure.runSeed.seed)
  let calls = 0
  for (const { record } of disclosure.records) {
    for (const call of record.calls) {
      calls += 1
      const planned = plan.columns.find(({ name }) => name === call.column)
      const alias = planned !== undefined && 'model' in planned.column ? planned.column.model : undefined
      const model = alias === undefined ? undefined : plan.recipe.models[alias]
      if (!faults.expect(model?.model === call.model, placeOf(record), 'another model was asked than the recipe says'))
        continue
      if (planned?.kind !== 'answer' || model === undefined) continue
      const place = { column: call.column, row: record.candidate, attempt: call.attempt }
      const { temperature, topP } = callParameters(model, runSeed, place)
      const asSaid =
        call.temperature === temperature && call.topP === topP && call.requestSeed === requestSeed(runSeed, place)
      faults.expect(asSaid, placeOf(record), 'a request had other parameters than the recipe gives it')
    }
  }
  if (calls === 0) return notApplicable('no call of a model is disclosed')
  return faults.finding(`${calls} calls name the model, parameters and seed that the recipe gives them`)
}

/** The recipe accepts each row by the checks and scores that its record names, as far as these decide. */
export function checkAcceptance({ disclosure, plan, published }: Disclosed): Finding {
  const faults = new Faults()
  let [decided, open] = [0, 0]
  for (const { record } of disclosure.records) {
    const isTable = plan.recipe.outputs.row.format === 'table'
    const cells = knownCells(record, isTable ? published.get(record.row) : undefined)
    try {
      const accepted = isAccepted(plan, cells)
      decided += 1
      faults.expect(accepted, placeOf(record), 'the recipe does not accept this row')
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error
      open += 1
    }
  }
  if (decided === 0) return notApplicable('what decides about acceptance is not disclosed')
  return faults.finding(`${decided} rows are acceptable${open === 0 ? '' : `; ${open} rest on what is not disclosed`}`)
}

function knownCells(record: LineageRecord, row: RowRecord | undefined): RowRecord {
  const judgements = Object.entries(record.judgements).map(([column, scores]) => [
    column,
    Object.fromEntries(Object.entries(scores).map(([name, score]) => [name, { score }])),
  ])
  return { ...row, ...record.drawn, ...record.validations, ...Object.fromEntries(judgements) }
}
