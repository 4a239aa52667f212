import { distinctPairs, removeLater, type CandidatePairs } from '../../../protocol/text/corpus-duplicates.ts'
import { rowsPerBand } from '../../../protocol/text/minhash.ts'
import type { PersonaPack, PersonaProgress } from '../../../schemas/personas.ts'
import type { ComparedPairs, SignedTexts, TextComparison } from '../../ports/dedup-tasks.ts'
import type { Workers } from '../../ports/workers.ts'
import type { DedupScratch } from './dedup-scratch.ts'
import { inTurns } from './in-turns.ts'
import type { BatchStarts, PersonaFiles } from './persona-files.ts'
import { lineAt, lineStarts } from './record-lines.ts'

/** Batches of one signing task. */
const SHARD_BATCHES = 16
/** Texts of one hash table, and of one range of pairs. */
const TABLE_TEXTS = 1 << 21
/** Pairs whose texts are in memory at once. */
const COMPARED_AT_ONCE = 1 << 17
const SIGNATURE = 128

export interface TextDedup {
  readonly files: PersonaFiles
  readonly workers: Workers
  readonly scratch: DedupScratch
  readonly pack: PersonaPack
  readonly starts: BatchStarts
  readonly field: string
  readonly comparison: TextComparison
  readonly threads: number
  readonly onProgress: (progress: PersonaProgress) => void
  readonly signal?: AbortSignal | undefined
}

export interface DedupVerdict {
  /** One byte per record: 1 where it is left out. */
  readonly removed: Uint8Array
  readonly exact: number
  readonly compared: number
  readonly passedOver: number
}

/**
 * Near-duplicate texts of a pack of any size: signatures by shards, candidates by bands, exact comparison of the candidates; all
 * in worker threads, each result kept in the scratch. Memory is bounded by the sizes above and one byte per record.
 */
export async function dedupTexts(job: TextDedup): Promise<DedupVerdict> {
  const shards = Math.ceil(job.starts.starts.length / SHARD_BATCHES)
  await signShards(job, shards)
  const passedOver = await pairBands(job, shards)
  const removed = new Uint8Array(job.starts.count)
  const same = new Uint8Array(job.starts.count)
  const seen = { compared: 0 }
  for (let range = 0; range * TABLE_TEXTS < job.starts.count; range += 1) {
    await compareRange(job, range, { removed, same, seen })
  }
  const exact = same.reduce((sum, byte, at) => sum + (byte & (removed[at] ?? 0)), 0)
  return { removed, exact, ...seen, passedOver }
}

const bandsOf = ({ comparison }: TextDedup) => SIGNATURE / rowsPerBand(comparison.threshold) + 1
const keysName = (band: number, shard: number) => `keys/${band}/${shard}`
const following = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { signal })

async function signShards(job: TextDedup, shards: number): Promise<void> {
  const { files, pack, scratch, starts, field, comparison, workers, signal } = job
  const bands = bandsOf(job)
  let done = 0
  await inTurns(job.threads, shards, async (shard) => {
    const from = shard * SHARD_BATCHES
    const batches = Math.min(SHARD_BATCHES, starts.starts.length - from)
    if (!(await scratch.has(keysName(bands - 1, shard)))) {
      const pieces = await Promise.all(Array.from({ length: batches }, (_, at) => files.batch(pack.id, from + at)))
      const task = { pieces, field, comparison }
      const signed = await workers.run<SignedTexts>('dedup-sign', task, following(signal))
      // The last band is written last: where it is, all are.
      for (const [band, keys] of signed.bands.entries()) await scratch.write(keysName(band, shard), keys)
    }
    done += batches
    job.onProgress({ phase: 'sign', done: starts.starts[done] ?? starts.count, total: starts.count })
  })
}

/** Candidates of each band and part, where a part is the keys of one remainder; the pairs that were passed over. */
async function pairBands(job: TextDedup, shards: number): Promise<number> {
  const { scratch, starts, workers, signal } = job
  const bands = bandsOf(job)
  const parts = partsOf(job)
  let passedOver = 0
  let done = 0
  await inTurns(job.threads, bands * parts, async (number) => {
    const [band, part] = [Math.floor(number / parts), number % parts]
    const words = await scratch.words(`pairs/${band}/${part}`, async () => {
      const task = await keysOf(job, { shards, band, part, parts })
      const found = await workers.run<CandidatePairs>('dedup-pair', task, following(signal))
      const kept = new Uint32Array(found.pairs.length + 2)
      kept.set([found.passedOver % 2 ** 32, Math.floor(found.passedOver / 2 ** 32)])
      kept.set(found.pairs, 2)
      return kept
    })
    passedOver += (words[0] ?? 0) + (words[1] ?? 0) * 2 ** 32
    done += 1
    job.onProgress({ phase: 'pair', done: Math.floor((starts.count * done) / (bands * parts)), total: starts.count })
  })
  return passedOver
}

const partsOf = ({ starts }: TextDedup) => Math.ceil(starts.count / TABLE_TEXTS)

async function keysOf(
  { scratch, starts }: TextDedup,
  { shards, band, part, parts }: { shards: number; band: number; part: number; parts: number },
): Promise<{ keys: Uint32Array; texts: Uint32Array }> {
  let keys = new Uint32Array(Math.ceil((1.1 * starts.count) / parts) + 1024)
  let texts = new Uint32Array(keys.length)
  let count = 0
  for (let shard = 0; shard < shards; shard += 1) {
    const first = starts.starts[shard * SHARD_BATCHES] ?? 0
    for (const [at, key] of (await scratch.read(keysName(band, shard))).entries()) {
      if (key % parts !== part) continue
      if (count === keys.length) [keys, texts] = [grown(keys), grown(texts)]
      keys[count] = key
      texts[count] = first + at
      count += 1
    }
  }
  return { keys: keys.slice(0, count), texts: texts.slice(0, count) }
}

function grown(words: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(2 * words.length)
  larger.set(words)
  return larger
}

async function compareRange(
  job: TextDedup,
  range: number,
  { removed, same, seen }: { removed: Uint8Array; same: Uint8Array; seen: { compared: number } },
): Promise<void> {
  const [bands, parts] = [bandsOf(job), partsOf(job)]
  const kept: Uint32Array[] = []
  for (let number = 0; number < bands * parts; number += 1) {
    kept.push((await job.scratch.read(`pairs/${Math.floor(number / parts)}/${number % parts}`)).subarray(2))
  }
  const pairs = distinctPairs(kept, { from: range * TABLE_TEXTS, to: (range + 1) * TABLE_TEXTS })
  const pieces = Math.ceil(pairs.length / (2 * COMPARED_AT_ONCE))
  for (let piece = 0; piece < pieces; piece += 1) {
    const own = pairs.subarray(2 * COMPARED_AT_ONCE * piece, 2 * COMPARED_AT_ONCE * (piece + 1))
    const words = await job.scratch.words(`verdicts/${range}/${piece}`, async () => comparePairs(job, own))
    const similar = 1 + (words[0] ?? 0)
    removeLater(removed, words.subarray(1, similar))
    for (const text of words.subarray(similar)) same[text] = 1
    seen.compared += own.length / 2
    const share = (range * TABLE_TEXTS + (TABLE_TEXTS * (piece + 1)) / pieces) / job.starts.count
    job.onProgress({
      phase: 'compare',
      done: Math.floor(Math.min(1, share) * job.starts.count),
      total: job.starts.count,
    })
  }
}

/** The number of words that follow for the similar pairs; these; then the texts that are the same as an earlier one. */
async function comparePairs(job: TextDedup, pairs: Uint32Array): Promise<Uint32Array> {
  const { texts, placeOf } = await textsOf(job, pairs)
  const share = 2 * Math.ceil(pairs.length / 2 / job.threads)
  const found: Uint32Array[] = Array.from({ length: job.threads }, () => new Uint32Array(0))
  const exact = new Set<number>()
  await inTurns(job.threads, job.threads, async (turn) => {
    const own = pairs.subarray(turn * share, (turn + 1) * share)
    if (own.length === 0) return
    const needed = [...new Set(own)].sort((a, b) => a - b)
    const places = new Map(needed.map((text, at) => [text, at]))
    const task = {
      texts: needed.map((text) => texts[placeOf.get(text) ?? -1] ?? ''),
      pairs: own.map((text) => places.get(text) ?? 0),
      comparison: job.comparison,
    }
    const { verdicts } = await job.workers.run<ComparedPairs>('dedup-compare', task, following(job.signal))
    const similar: number[] = []
    for (const [at, verdict] of verdicts.entries()) {
      if (verdict > 0) similar.push(own[2 * at] ?? 0, own[2 * at + 1] ?? 0)
      if (verdict === 2) exact.add(own[2 * at + 1] ?? 0)
    }
    found[turn] = Uint32Array.from(similar)
  })
  const length = found.reduce((sum, each) => sum + each.length, 0)
  const words = new Uint32Array(1 + length + exact.size)
  words[0] = length
  let at = 1
  for (const part of [...found, Uint32Array.from(exact)]) {
    words.set(part, at)
    at += part.length
  }
  return words
}

/** Texts of the records that are in the pairs; every batch is opened once. */
async function textsOf({ files, pack, starts, field, signal }: TextDedup, pairs: Uint32Array) {
  const needed = Uint32Array.from(new Set(pairs)).sort()
  const placeOf = new Map<number, number>()
  const texts: string[] = []
  for (let at = 0, batch = 0; batch < starts.starts.length && at < needed.length; batch += 1) {
    signal?.throwIfAborted()
    const [first, end] = [starts.starts[batch] ?? 0, starts.starts[batch + 1] ?? starts.count]
    if ((needed[at] ?? 0) >= end) continue
    const bytes = await files.batch(pack.id, batch)
    const lines = lineStarts(bytes)
    for (; at < needed.length && (needed[at] ?? 0) < end; at += 1) {
      const record = needed[at] ?? 0
      const value = lineAt(bytes, lines, record - first)[field]
      placeOf.set(record, texts.length)
      texts.push(typeof value === 'string' ? value : value === undefined || value === null ? '' : JSON.stringify(value))
    }
  }
  return { texts, placeOf }
}
