import type { GateResult, SpanDetail, TextDetail, VerbatimThresholds } from '../../schemas/evaluation.ts'
import { codePoints, normaliseForComparison } from '../text/normalise.ts'
import { SuffixAutomaton } from '../text/suffix-automaton.ts'
import { wilson } from './intervals.ts'

/** Letters of a token on average. */
const LETTERS_PER_TOKEN = 4
/** Spans that control or public texts have too are left out when they are this share of the limit or longer. */
const MASKED_FROM = 0.5
const REPORTED_FROM = 0.5
/** Code points in one automaton: bounds memory at about 300 MB. */
const BLOCK = 2_000_000
/** Code points of spans that are kept for masking; later ones count in full. */
const MOST_KEPT = 8_000_000

const SPACE = 0x20

function isCjk(point: number): boolean {
  return (
    (point >= 0x3000 && point <= 0x30ff) ||
    (point >= 0x3400 && point <= 0x9fff) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0x20000 && point <= 0x323af)
  )
}

interface Extent {
  readonly share: number
  readonly characters: number
  readonly words: number
}

const nothing: Extent = { share: 0, characters: 0, words: 0 }

/** How much of the limit a span is, without what is covered. */
function extentOf(span: Uint32Array, thresholds: VerbatimThresholds, covered?: Uint8Array): Extent {
  let [characters, words, letters] = [0, 0, 0]
  let inside = false
  for (const [at, point] of span.entries()) {
    const out = covered?.[at] === 1 || point === SPACE
    const cjk = isCjk(point)
    if (!out && cjk) characters += 1
    if (!out && !cjk) {
      letters += 1
      if (!inside) words += 1
    }
    inside = !out && !cjk
  }
  const { maxCharacters, maxWords, maxTokens } = thresholds
  const share = characters / maxCharacters + Math.max(words / maxWords, letters / (LETTERS_PER_TOKEN * maxTokens))
  return { share, characters, words }
}

interface Kept {
  readonly row: number
  readonly span: Uint32Array
  readonly covered: Uint8Array
}

/** Runs of the text that cannot be longer: start and end, excluded. */
function* maximalSpans(lengths: Int32Array): Generator<readonly [number, number]> {
  for (const [at, length] of lengths.entries()) {
    if (length > 0 && lengths[at + 1] !== length + 1) yield [at + 1 - length, at + 1]
  }
}

/** Texts in groups whose automaton is of bounded size; a text is never cut. */
export function* textBlocks(texts: Iterable<string>): Generator<SuffixAutomaton> {
  let block: string[] = []
  let size = 0
  for (const text of texts) {
    block.push(normaliseForComparison(text))
    size += text.length
    if (size < BLOCK) continue
    yield new SuffixAutomaton(block)
    block = []
    size = 0
  }
  if (block.length > 0) yield new SuffixAutomaton(block)
}

/**
 * Longest verbatim spans of training texts in published rows (Lee et al., ACL 2022, over code points): first every row against every
 * block of training texts, then what control and public texts have too is taken out of the spans.
 */
export class VerbatimSpans {
  readonly #thresholds: VerbatimThresholds
  readonly #kept: Kept[] = []
  readonly #worst = new Map<number, Extent>()
  #size = 0

  constructor(thresholds: VerbatimThresholds) {
    this.#thresholds = thresholds
  }

  /** One published row against a block of training texts. */
  compare(row: number, texts: readonly string[], block: SuffixAutomaton): void {
    const shortest = Math.min(this.#thresholds.maxCharacters, this.#thresholds.maxWords) * REPORTED_FROM
    for (const text of texts) {
      const points = codePoints(normaliseForComparison(text))
      for (const [start, end] of maximalSpans(block.matchLengths(points))) {
        if (end - start < shortest) continue
        const span = points.slice(start, end)
        const extent = extentOf(span, this.#thresholds)
        if (extent.share >= REPORTED_FROM) this.#keep(row, span, extent)
      }
    }
  }

  /** Takes out of the spans found so far what these texts have too. */
  mask(block: SuffixAutomaton): void {
    for (const { span, covered } of this.#kept) {
      for (const [start, end] of maximalSpans(block.matchLengths(span))) {
        const { share } = extentOf(span.subarray(start, end), this.#thresholds)
        if (share >= MASKED_FROM) covered.fill(1, start, end)
      }
    }
  }

  detail(): SpanDetail {
    const worst = new Map(this.#worst)
    for (const { row, span, covered } of this.#kept) {
      const extent = extentOf(span, this.#thresholds, covered)
      if (extent.share > (worst.get(row)?.share ?? 0)) worst.set(row, extent)
    }
    const extents = [...worst.values()]
    return {
      longest: extents.reduce((longest, extent) => (extent.share > longest.share ? extent : longest), nothing),
      rowsWithSpan: extents.filter(({ share }) => share >= REPORTED_FROM).length,
    }
  }

  #keep(row: number, span: Uint32Array, extent: Extent): void {
    if (this.#size + span.length <= MOST_KEPT) {
      this.#size += span.length
      this.#kept.push({ row, span, covered: new Uint8Array(span.length) })
    } else if (extent.share > (this.#worst.get(row)?.share ?? 0)) this.#worst.set(row, extent)
  }
}

/** Gate G9: no published text repeats a training text for as long as the limit, and few for half as long. */
export function judgeSpans(texts: TextDetail, thresholds: VerbatimThresholds): GateResult {
  const { maxWords, maxCharacters, maxTokens, maxShare, minRows } = thresholds
  const base = {
    gate: 'G9' as const,
    statistic: 'longest verbatim span of a training text, as a share of the limit',
    rule:
      `under 1, at ${maxWords} words, ${maxCharacters} Japanese or Chinese characters or ${maxTokens} tokens, and ` +
      `upper 95 % bound of rows with half of it at most ${maxShare}`,
  }
  const { spans, rows } = texts
  if (spans === undefined) {
    const reason = 'the dataset has no free texts, or the seeds have none that could be copied'
    return { ...base, verdict: 'not-applicable', reason }
  }
  const judged = { ...base, value: spans.longest.share, rows }
  const { lower, upper } = wilson(spans.rowsWithSpan, rows)
  if (spans.longest.share >= 1) return { ...judged, verdict: 'fail', reason: 'a training text is repeated verbatim' }
  if (rows >= minRows && lower > Number(maxShare)) {
    return { ...judged, verdict: 'fail', reason: 'many texts repeat parts of training texts' }
  }
  if (!texts.complete) {
    return { ...judged, verdict: 'insufficient-evidence', reason: 'the seeds have more text than can be compared' }
  }
  if (rows >= minRows && upper <= Number(maxShare)) {
    return { ...judged, verdict: 'pass', reason: 'no long part of a training text is repeated' }
  }
  if (rows > 0 && spans.rowsWithSpan === 0) {
    const reason = 'no part of a training text of half the limit is repeated'
    return { ...judged, verdict: 'pass', reason, note: 'zero tolerance: few rows' }
  }
  return { ...judged, verdict: 'insufficient-evidence', reason: 'too few rows to judge the spans that were found' }
}
