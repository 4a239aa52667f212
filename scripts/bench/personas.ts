import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { openBlobs } from '../../node/adapters/blobs-fs/blobs-fs.ts'
import { createFileKeys, openFileKeys } from '../../node/adapters/keys-file/file-keys.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { createPersonaStore } from '../../node/adapters/sqlite/persona-store.ts'
import { rowHashing } from '../../node/adapters/system/row-hashing.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { systemRandom } from '../../node/adapters/system/system-random.ts'
import { recordReader } from '../../node/adapters/tabular/record-reader.ts'
import { createThreadWorkers } from '../../node/adapters/workers-threads/thread-workers.ts'
import { createPersonas, type Personas } from '../../node/generation/personas/personas.ts'
import { fitPopulation, samplePersonas, tallyPopulation } from '../../protocol/generation/personas/population.ts'
import { SeededStream } from '../../protocol/generation/seeded-stream.ts'
import { PersonaDedup } from '../../schemas/personas.ts'

const personasSampled = 1_000_000
const texts = Number(process.env['BENCH_TEXTS'] ?? 1_000_000)
const plantedShare = 0.05
const batch = 10_000

/** Time to draw a million personas' attributes, and how far they are from the two official tables. */
function sample(): { sampleSeconds: number; worstTvd: number } {
  const started = performance.now()
  const population = fitPopulation()
  const tally = tallyPopulation(population)
  tally.add(samplePersonas(population, randomBytes(32), { from: 0, count: personasSampled }))
  const distances = tally.distances()
  const sampleSeconds = (performance.now() - started) / 1000
  for (const { table, cells, sampled } of distances) console.log(`${table} (${cells} cells): TVD ${sampled.toFixed(5)}`)
  return { sampleSeconds, worstTvd: Math.max(...distances.map(({ sampled }) => sampled)) }
}

/** Texts of 165 characters on average, half Japanese and half English, from vocabularies with Zipf's shares. */
function textMaker(stream: SeededStream): () => string {
  const kanji = () => String.fromCodePoint(0x4e00 + stream.below(6000))
  const kana = () => String.fromCodePoint(0x3042 + stream.below(80))
  const letters = 'etaoinshrdlucmfwypvbgkjqxz'
  const japanese = Array.from({ length: 20_000 }, (_, at) => (at % 3 === 0 ? kana() + kana() : kanji() + kanji()))
  const english = Array.from({ length: 20_000 }, () =>
    Array.from({ length: 2 + stream.below(8) }, () => letters[stream.below(26)] ?? 'e').join(''),
  )
  const zipf = (n: number) => Math.floor(Math.exp(stream.unit() * Math.log(n + 1))) - 1
  return () => {
    const length = 100 + stream.below(131)
    const [words, gap] = stream.below(2) === 0 ? [japanese, ''] : [english, ' ']
    let text = ''
    while (text.length < length) text += `${words[zipf(words.length)] ?? ''}${gap}`
    return text.slice(0, length)
  }
}

/** The same text with one character replaced, left out or put in. */
function edited(text: string, stream: SeededStream): string {
  const at = 1 + stream.below(text.length - 2)
  const kind = stream.below(3)
  const put = kind === 0 ? '' : String.fromCodePoint(0x30a1 + stream.below(80))
  return text.slice(0, at) + put + text.slice(kind === 2 ? at : at + 1)
}

/** A pack of texts of which one in twenty is an edited copy of an earlier one; the numbers of these. */
async function plant(personas: Personas): Promise<{ copies: Set<number>; characters: number }> {
  const stream = new SeededStream(new Uint8Array(32).fill(165))
  const next = textMaker(stream)
  const copies = new Set<number>()
  const earlier: string[] = []
  let characters = 0
  const draft = {
    name: 'texts',
    source: 'benchmark',
    licence: 'CC0-1.0',
    attribution: '',
    description: { en: 'texts', ja: 'texts' },
    textField: 'persona',
    origin: { kind: 'generated', run: 'benchmark' },
  } as const
  await personas.make(draft, async (writer) => {
    for (let from = 0; from < texts; from += batch) {
      await writer.add(
        Array.from({ length: batch }, (_, at) => {
          const copied = earlier.length > 0 && stream.unit() < plantedShare
          const text = copied ? edited(earlier[stream.below(earlier.length)] ?? '', stream) : next()
          if (copied) copies.add(from + at)
          else if (stream.below(10) === 0) earlier.push(text)
          characters += text.length
          return { n: from + at, persona: text }
        }),
      )
    }
  })
  return { copies, characters }
}

async function dedup(personas: Personas): Promise<Record<string, number>> {
  const { copies, characters } = await plant(personas)
  console.log(
    `${texts} texts of ${(characters / texts).toFixed(0)} characters, ${copies.size} edited copies among them`,
  )
  const phases = new Map<string, number>()
  const before = process.cpuUsage()
  const started = performance.now()
  const report = await personas.dedup('texts', PersonaDedup.parse({ name: 'kept', by: { kind: 'text' } }), {
    onProgress: ({ phase }) => phases.set(phase, (performance.now() - started) / 1000),
  })
  const seconds = (performance.now() - started) / 1000
  const { user, system } = process.cpuUsage(before)
  console.log(`phases end at ${[...phases].map(([phase, end]) => `${phase} ${end.toFixed(1)} s`).join(', ')}`)
  const kept = new Uint8Array(texts)
  for await (const records of (await personas.records('kept')).batches())
    for (const { n } of records) kept[Number(n)] = 1
  const missed = [...copies].filter((copy) => kept[copy] === 1).length
  const removed = texts - report.kept
  console.log(
    `${removed} removed in ${seconds.toFixed(1)} s, ${report.compared} pairs compared; ${missed} copies missed, ${removed - copies.size + missed} texts removed that were not planted`,
  )
  return {
    dedupDocsPerSecond: texts / seconds,
    dedupSeconds: seconds,
    dedupDocsPerCpuSecond: (texts * 1e6) / (user + system),
    dedupCpuSeconds: (user + system) / 1e6,
    recall: 1 - missed / copies.size,
    removedUnplanted: removed - copies.size + missed,
  }
}

/** `npm run bench -- personas`: a million personas drawn, and a million texts deduplicated out of core. */
export async function run(): Promise<Record<string, unknown>> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'ignore' })
  const sampled = sample()
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-bench-'))
  try {
    await createFileKeys(join(folder, 'node.key'), folder)
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
    const { personas } = createPersonas({
      personas: createPersonaStore(openDatabase(':memory:')),
      blobs: await openBlobs(join(folder, 'blobs')),
      keys: await openFileKeys(join(folder, 'node.key'), folder),
      random: systemRandom,
      clock: systemClock,
      workers: createThreadWorkers(pathToFileURL('dist/worker.js')),
      records: recordReader,
      hashing: rowHashing,
      log,
    })
    const figures = await dedup(personas)
    return { ...sampled, ...figures, peakMemoryMb: process.resourceUsage().maxRSS / 1024 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
