import type { TextDiversity } from '../../../../schemas/run-report.ts'
import { Faults, type Finding, notApplicable } from '../../../ledger/verify-bundle/bundle.ts'
import { measureDiversity } from '../../../text/diversity.ts'
import { createNearDuplicateIndex } from '../../../text/near-duplicates.ts'
import { findPii } from '../../../text/pii/find-pii.ts'
import { createReservoir } from '../../../text/reservoir.ts'
import { ROWS_MEASURED, tokensOf } from '../collect-report.ts'
import { reportDraws } from '../report-sampling.ts'
import { createRowText } from '../row-text.ts'
import type { RowPlan } from '../row-plan.ts'
import type { Disclosed, PublishedRow } from './disclosed.ts'

/** Figures of one machine are those of another up to the last digits of logarithms and powers. */
const TOLERANCE = 1e-6

/** What level 2 measures while the rows go by. */
export interface DataMeasures {
  add(row: PublishedRow): void
  checks(disclosed: Disclosed): { readonly id: string; readonly finding: Finding }[]
}

export interface DataMeasuring {
  readonly icu: string
  readonly deflatedSize: (bytes: Uint8Array) => number
}

export function createDataMeasures(plan: RowPlan, { icu, deflatedSize }: DataMeasuring): DataMeasures {
  const unit = reportDraws()
  const reservoir = createReservoir<string>(ROWS_MEASURED, (place) => unit('rows', place))
  const textOf = createRowText(plan)
  const { nearDuplicates, language, outputs } = plan.recipe
  const compared = outputs.row.format === 'table' ? (nearDuplicates?.columns ?? []) : []
  const isComparable = compared.length > 0 && compared.every((name) => plan.kept.includes(name))
  const index = nearDuplicates && isComparable ? createNearDuplicateIndex(nearDuplicates.threshold) : undefined
  const near = { rows: 0, first: -1 }
  const pii = new Map<string, number>()
  let rows = 0
  return {
    add: (row) => {
      reservoir.offer(textOf(row))
      for (const kind of kindsIn(row)) pii.set(kind, (pii.get(kind) ?? 0) + 1)
      if (index?.add(compared.map((name) => String(row[name] ?? '')).join('\n')) !== undefined) {
        near.rows += 1
        if (near.first < 0) near.first = rows
      }
      rows += 1
    },
    checks: ({ disclosure }) => {
      const tokens = tokensOf(language, icu)
      const measured = measureDiversity(reservoir.items, { tokens, unit, deflatedSize })
      return [
        { id: 'metrics', finding: compareDiversity(disclosure.diversity, measured) },
        { id: 'near-duplicates', finding: nearFinding(index !== undefined, near) },
        { id: 'personal-data', finding: piiFinding(pii, rows) },
      ]
    },
  }
}

function kindsIn(row: PublishedRow): ReadonlySet<string> {
  const texts = Object.values(row).filter((value) => typeof value === 'string')
  return new Set(texts.flatMap((text) => findPii(text).map(({ kind }) => kind)))
}

function nearFinding(isComparable: boolean, { rows, first }: { rows: number; first: number }): Finding {
  if (!isComparable) return notApplicable('the recipe compares no published columns for near-duplicates')
  const faults = new Faults()
  if (rows > 0)
    faults.add(`row ${first}`, `${rows} rows are near-duplicates of earlier ones, which the recipe rules out`)
  return faults.finding('no row is a near-duplicate of an earlier one')
}

/** What detectors find is told and never fails: only a person can say whether it is personal data. */
function piiFinding(found: ReadonlyMap<string, number>, rows: number): Finding {
  const said = [...found].map(([kind, count]) => `${kind} in ${count}`).join(', ')
  return { verdict: 'pass', evidence: `detectors ran over ${rows} rows: ${said === '' ? 'nothing found' : said}` }
}

function compareDiversity(said: TextDiversity | undefined, measured: TextDiversity): Finding {
  if (said === undefined) return notApplicable('the node disclosed no figures of diversity')
  if (said.vectors.from !== measured.vectors.from || said.tokens.icu !== measured.tokens.icu) {
    return notApplicable('the figures were measured with vectors or word cuts that this program does not have')
  }
  const faults = new Faults()
  const [claimed, found] = [figuresOf(said), figuresOf(measured)]
  for (const [name, value] of Object.entries(found)) {
    const claim = claimed[name] ?? Number.NaN
    const isSame = Math.abs(claim - value) <= TOLERANCE * Math.max(1, Math.abs(value))
    faults.expect(isSame, name, `${name} is ${value.toFixed(4)}, the node says ${claim.toFixed(4)}`)
  }
  return faults.finding(`${Object.keys(found).length} figures of diversity are those that the node says`)
}

function figuresOf({ distinct, selfBleu, entropy, compressionRatio, vectors, nearDuplicates }: TextDiversity) {
  const figures: Record<string, number> = {
    entropy: entropy.bits,
    compression: compressionRatio,
    'mean distance': vectors.meanDistance,
    'nearest mean': vectors.nearest.mean,
    'nearest p95': vectors.nearest.p95,
    'near-duplicates': nearDuplicates.share,
  }
  for (const { n, share } of distinct.runs) figures[`distinct-${n}`] = share
  for (const { n, score } of selfBleu.scores) figures[`self-BLEU-${n}`] = score
  for (const { order, score } of vectors.vendi) figures[`Vendi q=${order}`] = score
  return figures
}
