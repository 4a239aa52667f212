import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import { randomStream } from './counter-random.ts'
import { permutation } from './permutation.ts'

/** Which record of each source a candidate is made from. */
export interface SourceWalk {
  /** Candidates that there are: the pairs of a cross; without one Infinity, or 0 when a source is empty. */
  readonly candidates: number
  /** Index of the record by name of the source. `candidate` is below `candidates`. */
  readonly recordsOf: (candidate: number) => Readonly<Record<string, number>>
}

/** Records per source, by its name. */
export type SourceSizes = Readonly<Record<string, number>>

/** Candidates of one left record that follow each other at most. */
const LONGEST_BLOCK = 32

/**
 * Walks the sources of a recipe. Every candidate's records are a function of (recipe, sizes, run seed, index of the candidate), without
 * memory for pairs.
 *
 * A cross goes through its left records in rounds: in the first and second round every left record has one candidate, then 2, 4, 8, 16,
 * and 32 in every further round, one after another. So any first N candidates are spread over the left records as evenly as
 * within a factor of two, whatever the target is (a run that accepts few rows still covers all seeds, and a higher target goes on
 * where the lower one ended); and in a long run nearly all neighbours in time share their left record, whose text a
 * model server has cached (64 of a seed's candidates: 7 prefills; 500: 21).
 */
export function createSourceWalk(
  { sources, cross }: Pick<RowRecipe, 'sources' | 'cross'>,
  sizes: SourceSizes,
  runSeed: Uint8Array,
): SourceWalk {
  const names = Object.keys(sources)
  const sizeOf = (name: string): number => sizes[name] ?? 0
  if (names.some((name) => sizeOf(name) === 0)) return { candidates: 0, recordsOf: () => ({}) }
  const orders = new Map(names.map((name) => [name, recordOrder(name, { sources, size: sizeOf(name), runSeed })]))
  const walked = names.filter((name) => name !== cross?.left && name !== cross?.right)
  const record = (name: string, place: number): number => orders.get(name)?.(place) ?? 0
  const walk = (candidate: number): [string, number][] => walked.map((name) => [name, record(name, candidate)])
  if (cross === undefined)
    return { candidates: Number.POSITIVE_INFINITY, recordsOf: (candidate) => Object.fromEntries(walk(candidate)) }
  const [left, right] = [sizeOf(cross.left), sizeOf(cross.right)]
  const perLeft = cross.mode === 'full' ? right : Math.min(cross.cap ?? right, right)
  const partner = cross.mode === 'random-k-per-left' ? drawnPartner(right, runSeed) : rotatedPartner(perLeft, right)
  return {
    candidates: left * perLeft,
    recordsOf(candidate) {
      const pair = pairOf(candidate, { left, perLeft })
      return Object.fromEntries([
        [cross.left, record(cross.left, pair.left)],
        [cross.right, record(cross.right, partner(pair.left, pair.turn))],
        ...walk(candidate),
      ])
    },
  }
}

/** Record at a place of a walk, which starts again at its end; shuffled walks have a new order in every pass. */
function recordOrder(
  name: string,
  { sources, size, runSeed }: Pick<RowRecipe, 'sources'> & { readonly size: number; readonly runSeed: Uint8Array },
): (place: number) => number {
  if (sources[name]?.order !== 'shuffled') return (place) => place % size
  let shuffled: { readonly pass: number; readonly order: (place: number) => number } | undefined
  return (place) => {
    const pass = Math.floor(place / size)
    if (shuffled?.pass !== pass)
      shuffled = { pass, order: permutation(size, randomStream(runSeed, `source:${name}:${pass}`)) }
    return shuffled.order(place % size)
  }
}

/** The round that a candidate is in, its left record there, and how many partners that record had before. */
function pairOf(
  candidate: number,
  { left, perLeft }: { readonly left: number; readonly perLeft: number },
): { readonly left: number; readonly turn: number } {
  const depth = Math.floor(candidate / left)
  const from = depth < LONGEST_BLOCK ? 2 ** (31 - Math.clz32(depth)) : depth - (depth % LONGEST_BLOCK)
  const start = depth === 0 ? 0 : from
  const length = start === 0 ? 1 : Math.min(start, LONGEST_BLOCK)
  const width = Math.min(length, perLeft - start)
  const inRound = candidate - start * left
  return { left: Math.floor(inRound / width), turn: start + (inRound % width) }
}

/**
 * Right records dealt like cards: left record l takes the `perLeft` ones that follow those of l − 1. Where that would give every
 * left record the same start, each deal of the whole pack begins one further on, so that early turns use all right records too.
 * After whole left records the uses differ by at most 1.
 */
function rotatedPartner(perLeft: number, right: number): (left: number, turn: number) => number {
  const pack = right / greatestCommonDivisor(perLeft, right)
  return (left, turn) => ((left % pack) * perLeft + (Math.floor(left / pack) % right) + turn) % right
}

/** Right records in an order of its own for every left one, so that a turn never repeats one. */
function drawnPartner(right: number, runSeed: Uint8Array): (left: number, turn: number) => number {
  let drawn: { readonly left: number; readonly order: (place: number) => number } | undefined
  return (left, turn) => {
    if (drawn?.left !== left) drawn = { left, order: permutation(right, randomStream(runSeed, `cross:${left}`)) }
    return drawn.order(turn)
  }
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
