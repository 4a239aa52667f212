import type { ExactCopyThresholds, GateResult, TextDetail } from '../../schemas/evaluation.ts'
import { SeededStream, shuffle } from '../generation/seeded-stream.ts'
import { createNearDuplicateIndex, type NearDuplicateIndex } from '../text/near-duplicates.ts'
import { codePoints, normaliseForComparison } from '../text/normalise.ts'
import { CopyTally, judgeCopies } from './exact-copy.ts'
import type { SeedTexts } from './published-texts.ts'
import { wilson } from './intervals.ts'

/** Jaccard similarity of runs of five words or Japanese characters (reference: Lee et al., ACL 2022) from which texts are near copies. */
const SIMILAR = 0.8
/** Without a control set nothing tells what chance gives; shorter texts are words and headings that anyone may write. */
const SHORTEST_WITHOUT_CONTROL = 20

type CopiedTexts = NonNullable<TextDetail['copies']>

interface SideIndex {
  /** Row with a text that the given one equals or nearly equals, or -1. */
  find(text: string): number
  has(text: string): boolean
}

function indexOf(rows: readonly (readonly string[])[]): SideIndex {
  const near: NearDuplicateIndex = createNearDuplicateIndex(SIMILAR)
  const exact = new Map<string, number>()
  const owner: number[] = []
  for (const [row, texts] of rows.entries()) {
    for (const text of texts) {
      near.insert(text)
      owner.push(row)
      const normal = normaliseForComparison(text)
      if (!exact.has(normal)) exact.set(normal, row)
    }
  }
  return {
    has: (text) => exact.has(normaliseForComparison(text)),
    find: (text) => exact.get(normaliseForComparison(text)) ?? owner[near.find(text) ?? -1] ?? -1,
  }
}

/** At most `count` rows at random, in a random order fixed by the seed. */
function sampled<Row>(rows: readonly Row[], count: number, stream: SeededStream): readonly Row[] {
  if (rows.length <= count) return rows
  const order = Int32Array.from(rows.keys())
  shuffle(order, stream)
  return Array.from(order.subarray(0, count)).flatMap((at) => rows.slice(at, at + 1))
}

export interface TextCopies {
  /** The free texts of one published row. */
  add(texts: readonly string[]): void
  detail(): CopiedTexts
}

/**
 * Counts published rows with a text that is, or nearly is, a text of the training seeds or of the control set, with equally many rows of
 * each side. Without a control set all training rows are compared and short texts left out.
 */
export function createTextCopies(training: SeedTexts, control: SeedTexts, seed: Uint8Array): TextCopies {
  const alone = control.rows.length === 0
  const count = alone ? training.rows.length : Math.min(training.rows.length, control.rows.length)
  const t = sampled(training.rows, count, new SeededStream(seed, 3))
  const h = sampled(control.rows, count, new SeededStream(seed, 4))
  const [inTraining, inControl] = [indexOf(t), indexOf(h)]
  const tally = new CopyTally(t.length, h.length)
  const counted = (text: string) =>
    !alone || codePoints(normaliseForComparison(text)).length >= SHORTEST_WITHOUT_CONTROL
  let exact = 0
  return {
    add: (texts) => {
      const some = texts.filter(counted)
      const first = (side: SideIndex) => some.map((text) => side.find(text)).find((row) => row >= 0) ?? -1
      tally.add(first(inTraining), first(inControl))
      if (some.some((text) => inTraining.has(text))) exact += 1
    },
    detail: () => ({ ...tally.detail(), exact }),
  }
}

/** Gate G1 for texts: as for rows of a table; without a control set clear copying still fails, and nothing passes. */
export function judgeTextCopies(copies: CopiedTexts, thresholds: ExactCopyThresholds): GateResult {
  const statistic =
    'share of rows with a text equal or nearly equal to a training text minus the same for control texts'
  const judged = { ...judgeCopies(copies, thresholds), statistic }
  if (copies.compared.control > 0 || copies.compared.training === 0) return judged
  const { lower, upper } = wilson(copies.trainingOnly, copies.compared.synthetic)
  const found = {
    ...judged,
    statistic: 'share of rows with a text equal or nearly equal to a training text',
    value: copies.trainingOnly / Math.max(1, copies.compared.synthetic),
    interval: { lower, upper },
  }
  return lower > Number(thresholds.maxExcess)
    ? { ...found, verdict: 'fail', reason: 'training texts are copied' }
    : { ...found, verdict: 'insufficient-evidence', reason: 'there is no control set to compare with' }
}
