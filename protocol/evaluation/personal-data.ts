import type { GateResult, PersonalDataDetail, PersonalDataThresholds, TextDetail } from '../../schemas/evaluation.ts'
import { normaliseForComparison } from '../text/normalise.ts'
import { checkedKinds, directKinds, piiValues } from '../text/pii/find-pii.ts'
import type { SeedTexts } from './published-texts.ts'

/** Distinct strings whose result is remembered: columns of categories repeat theirs. */
const MOST_REMEMBERED = 50_000
const SHORTEST_IDENTIFIER = 4
/** Shorter numbers are met by chance. */
const SHORTEST_NUMBER = 8

interface Seen {
  readonly kinds: readonly string[]
  readonly replayed: readonly string[]
}

export interface PersonalDataScan {
  /** All strings of one published row. */
  add(strings: readonly string[]): void
  detail(): PersonalDataDetail
}

/** Kind and value of every datum that points at one person. */
function* directValues(texts: Iterable<string>): Generator<string> {
  for (const text of texts) {
    for (const { kind, value } of piiValues(text)) if (directKinds.has(kind)) yield `${kind} ${value}`
  }
}

function telling(value: string): boolean {
  return /^[\d\s.,-]*$/u.test(value) ? value.length >= SHORTEST_NUMBER : value.length >= SHORTEST_IDENTIFIER
}

/** Values of identifying columns inside a text, found by their lengths. */
class Identifiers {
  readonly #byLength = new Map<number, Set<string>>()

  constructor(values: Iterable<string>, excused: ReadonlySet<string>) {
    for (const value of values) {
      if (!telling(value) || excused.has(value)) continue
      const same = this.#byLength.get(value.length)
      if (same === undefined) this.#byLength.set(value.length, new Set([value]))
      else same.add(value)
    }
  }

  in(published: string): string[] {
    if (this.#byLength.size === 0) return []
    const text = normaliseForComparison(published)
    const found: string[] = []
    for (const [length, values] of this.#byLength) {
      for (let start = 0; start + length <= text.length; start += 1) {
        const part = text.slice(start, start + length)
        if (values.has(part) && !continues(text, start) && !continues(text, start + length)) found.push(part)
      }
    }
    return found
  }
}

/** Letters of an alphabet on both sides of the place: a word goes on there. */
function continues(text: string, at: number): boolean {
  return /^[a-z0-9]{2}$/u.test(text.slice(Math.max(0, at - 1), at + 1))
}

/**
 * Looks for personal data in published strings, and for those of the training seeds that come back in them; what the control set or a
 * public text has too is no replay.
 */
export function createPersonalDataScan(training: SeedTexts, control: SeedTexts): PersonalDataScan {
  const publicTexts = [...training.publicTexts, ...control.publicTexts]
  const excused = new Set(directValues([...control.rows.flat(), ...control.identifiers, ...publicTexts]))
  const known = new Set(directValues([...training.rows.flat(), ...training.identifiers]))
  const normal = (values: readonly string[]) => values.map(normaliseForComparison)
  const identifiers = new Identifiers(normal(training.identifiers), new Set(normal(control.identifiers)))
  const rows = new Map<string, number>()
  const replayed = new Set<string>()
  const remembered = new Map<string, Seen>()
  const look = (text: string): Seen => {
    const values = piiValues(text)
    const direct = values.map(({ kind, value }) => `${kind} ${value}`)
    return {
      kinds: values.map(({ kind }) => kind),
      replayed: [
        ...direct.filter((value) => known.has(value) && !excused.has(value)),
        ...identifiers.in(text).map((value) => `identifier ${value}`),
      ],
    }
  }
  const seen = (text: string): Seen => {
    const before = remembered.get(text)
    if (before !== undefined) return before
    if (remembered.size >= MOST_REMEMBERED) remembered.clear()
    const now = look(text)
    remembered.set(text, now)
    return now
  }
  return {
    add: (strings) => {
      const all = strings.map(seen)
      for (const kind of new Set(all.flatMap(({ kinds }) => kinds))) rows.set(kind, (rows.get(kind) ?? 0) + 1)
      for (const value of all.flatMap((each) => each.replayed)) replayed.add(value)
    },
    detail: () => {
      const kinds = [...replayed].map((value) => value.slice(0, value.indexOf(' ')))
      return {
        found: [...rows].map(([kind, count]) => ({ kind, rows: count })).toSorted(byKind),
        replayed: [...new Set(kinds)]
          .map((kind) => ({ kind, values: kinds.filter((each) => each === kind).length }))
          .toSorted(byKind),
      }
    },
  }
}

function byKind(a: { readonly kind: string }, b: { readonly kind: string }): number {
  return a.kind < b.kind ? -1 : 1
}

/** Gate G8: no valid number of a person, and nothing that points at a person of the training seeds. */
export function judgePersonalData(texts: TextDetail, thresholds: PersonalDataThresholds): GateResult {
  const { found, replayed } = texts.personalData
  const checked = found.filter(({ kind }) => (checkedKinds as ReadonlySet<string>).has(kind))
  const others = found.filter((each) => !checked.includes(each))
  const checkedRows = checked.reduce((sum, { rows }) => sum + rows, 0)
  const replays = replayed.reduce((sum, { values }) => sum + values, 0)
  const result = {
    gate: 'G8' as const,
    statistic: 'rows with a valid number of a person, and distinct personal data of the training seeds',
    value: checkedRows + replays,
    rows: texts.rows,
    rule: `at most ${thresholds.maxChecked} rows and ${thresholds.maxReplayed} data`,
    ...(others.length === 0 ? {} : { note: `also found: ${others.map(({ kind }) => kind).join(', ')}` }),
  }
  const faults = [
    ...(checkedRows > thresholds.maxChecked ? [`valid numbers: ${checked.map(({ kind }) => kind).join(', ')}`] : []),
    ...(replays > thresholds.maxReplayed
      ? [`replayed from the seeds: ${replayed.map(({ kind }) => kind).join(', ')}`]
      : []),
  ]
  if (faults.length > 0) return { ...result, verdict: 'fail', reason: faults.join('; ') }
  if (!texts.complete) {
    return { ...result, verdict: 'insufficient-evidence', reason: 'the seeds have more text than can be compared' }
  }
  return { ...result, verdict: 'pass', reason: 'no such data were found by the detectors' }
}
