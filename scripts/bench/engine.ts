import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type ApiClient, createApiClient } from '../../node/cli/api-client.ts'
import { compileRecipe } from '../../protocol/generation/rows/compile.ts'
import { createRowSampler } from '../../protocol/generation/rows/samplers.ts'
import { RowRecipe, type RowRecipeInput } from '../../schemas/row-recipe.ts'
import { Run } from '../../schemas/runs.ts'
import type { DemoNode } from '../demo/tanemaki-process.ts'
import { startedNode } from '../faults/exchange-pair.ts'
import { freePort } from '../free-port.ts'
import type { PacedInput } from './paced-endpoint.ts'
import { type PacedEndpoint, startPacedEndpoint } from './paced-process.ts'

/** After this the admission has found what the endpoint can bear. */
const rampMs = 8000
const steadyMs = 12_000
/** Calls that are left when the end of a run is no longer counted as steady. */
const tailMs = 1500
const latencyMs = 200
const capacities = [8, 32, 128]

const writer = { writer: { endpoint: 'paced', model: 'paced', maxTokens: 256 } }
const topic: RowRecipeInput['columns'] = [
  { name: 'mark', type: 'sampler', sampler: { kind: 'uuid' }, drop: true },
  {
    name: 'topic',
    type: 'sampler',
    sampler: { kind: 'category', values: ['harbour', 'field', 'mountain', 'archive'] },
  },
]

/** One answer per row; and three, each of which waits for the one before. */
const shapes = {
  narrow: {
    calls: 1,
    columns: [
      ...topic,
      { name: 'text', type: 'llm-text', model: 'writer', prompt: 'Write about a {{ topic }}. {{ mark }}' },
    ],
  },
  deep: {
    calls: 3,
    columns: [
      ...topic,
      { name: 'text', type: 'llm-text', model: 'writer', prompt: 'Write about a {{ topic }}. {{ mark }}' },
      {
        name: 'facts',
        type: 'llm-structured',
        model: 'writer',
        prompt: 'What does it say? {{ text }}',
        schema: { type: 'object', properties: { claim: { type: 'string' } }, required: ['claim'] },
      },
      {
        name: 'judged',
        type: 'llm-judge',
        model: 'writer',
        prompt: 'Is {{ facts.claim }} grounded in {{ text }}?',
        scores: [
          {
            name: 'grounded',
            description: 'how well',
            options: [
              { score: 0, means: 'no' },
              { score: 1, means: 'yes' },
            ],
          },
        ],
      },
    ],
  },
} satisfies Record<string, { calls: number; columns: RowRecipeInput['columns'] }>

type Shape = keyof typeof shapes

interface Bench {
  readonly node: DemoNode
  readonly api: ApiClient
  readonly paced: PacedEndpoint
}

interface Measured {
  readonly busy: number
  readonly cpuSecondsPer1000Calls: number
  readonly calls: number
  readonly rejections: number
  readonly seconds: number
}

let runs = 0

/** One run of a fresh recipe seed, long enough for a ramp and a steady phase. */
async function measure(bench: Bench, shape: Shape, pace: PacedInput & { capacity: number }): Promise<Measured> {
  const { calls, columns } = shapes[shape]
  // A heavy tail of that kind takes 1.65 times as long in the mean.
  const meanMs = latencyMs * (pace.tail === 'heavy' ? 1.65 : 1)
  const target = Math.ceil((pace.capacity * (rampMs + steadyMs + tailMs)) / meanMs / calls)
  runs += 1
  const recipe = RowRecipe.parse({
    kind: 'rows',
    name: `bench-${shape}-${runs}`,
    models: writer,
    columns,
    accept: { target, maxCandidates: 2 * target },
  })
  await bench.paced.reset({ latencyMs, ...pace })
  const before = cpuSeconds(bench.node.pid)
  const started = performance.now()
  const run = await bench.api.post('/runs', { recipe }, Run)
  const end = await untilGenerated(bench.api, run.id)
  const ms = performance.now() - started
  const cpu = cpuSeconds(bench.node.pid) - before
  if (end.state === 'failed') throw new Error(`the run failed: ${end.error}`)
  const report = await bench.paced.report({ from: rampMs, to: Math.max(rampMs + 1000, ms - tailMs) })
  return {
    busy: report.busy,
    cpuSecondsPer1000Calls: (cpu / report.calls) * 1000,
    calls: report.calls,
    rejections: report.rejections,
    seconds: ms / 1000,
  }
}

async function untilGenerated(api: ApiClient, id: string): Promise<Run> {
  for (;;) {
    const run = await api.get(`/runs/${encodeURIComponent(id)}`, Run)
    if (!['queued', 'generating'].includes(run.state)) return run
    await wait(50)
  }
}

/** Of a process with all its threads. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

const tenSamplers = [
  { kind: 'category', values: ['a', 'b', 'c', 'd', 'e'], weights: [5, 4, 3, 2, 1] },
  { kind: 'uniform', low: 0, high: 100, decimalPlaces: 2 },
  { kind: 'integer', low: 18, high: 99 },
  { kind: 'gaussian', mean: 50, stddev: 10, decimalPlaces: 1 },
  { kind: 'bernoulli', p: 0.3 },
  { kind: 'poisson', mean: 4 },
  { kind: 'datetime', start: '2020-01-01', end: '2026-01-01' },
  { kind: 'exponential', rate: 0.5, decimalPlaces: 3 },
  { kind: 'category', values: ['north', 'south', 'east', 'west'] },
  { kind: 'binomial', n: 10, p: 0.4 },
] as const

/** Rows per second of ten columns of different kinds, one thread, median of five rounds. */
function samplerRowsPerSecond(): number {
  const recipe = RowRecipe.parse({
    kind: 'rows',
    name: 'samplers',
    columns: tenSamplers.map((sampler, at) => ({ name: `c${at}`, type: 'sampler', sampler })),
    accept: { target: 1, maxCandidates: 1 },
  })
  const plan = compileRecipe(recipe)
  if ('code' in plan) throw new Error(plan.detail)
  const sampler = createRowSampler(plan, new Uint8Array(32))
  const rates = Array.from({ length: 5 }, () => {
    const rows = 300_000
    const started = performance.now()
    for (let from = 0; from < rows; from += 4096) sampler.columns(from, 4096)
    return rows / ((performance.now() - started) / 1000)
  })
  return rates.toSorted((a, b) => a - b)[2] ?? 0
}

async function openBench(root: string): Promise<Bench> {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  const paced = await startPacedEndpoint()
  const node = await startedNode({ name: 'engine', root, settings: [] }, [await freePort(), await freePort()])
  const endpoints = [{ name: 'paced', url: paced.url }]
  writeFileSync(join(node.dataDir, 'endpoints.json'), JSON.stringify({ endpoints }), { mode: 0o600 })
  await node.stop()
  await node.start()
  return { node, api: createApiClient(node.dataDir), paced }
}

/** How busy a run keeps an endpoint of exactly known pace, and what the node itself takes for it. */
export async function run(): Promise<Record<string, unknown>> {
  const bench = await openBench('.bench/engine')
  const busy: Record<Shape, Record<number, number>> = { narrow: {}, deep: {} }
  const cpu: number[] = []
  const show = (name: string, measured: Measured) =>
    console.log(
      `${name}: busy ${(100 * measured.busy).toFixed(1)} %, ${measured.calls} calls in ${measured.seconds.toFixed(1)} s, ` +
        `${measured.rejections} rejected, ${measured.cpuSecondsPer1000Calls.toFixed(2)} CPU s per 1,000 calls`,
    )
  try {
    console.log('endpoint: 200 ms without jitter, calls beyond its capacity wait')
    for (const shape of ['narrow', 'deep'] as const) {
      for (const capacity of capacities) {
        const measured = await measure(bench, shape, { capacity })
        show(`${shape}, capacity ${capacity}`, measured)
        busy[shape][capacity] = measured.busy
        if (capacity === 32) cpu.push(measured.cpuSecondsPer1000Calls)
      }
    }
    console.log('endpoint: heavy tail; then rejections beyond the capacity; then cut answers and a slow tail')
    const heavy = await measure(bench, 'deep', { capacity: 32, tail: 'heavy' })
    show('deep, heavy tail', heavy)
    const rejecting = await measure(bench, 'deep', { capacity: 32, beyond: 'reject' })
    show('deep, 429 beyond the capacity', rejecting)
    const rough = await measure(bench, 'deep', { capacity: 32, truncated: 0.05, slow: 0.01 })
    show('deep, 5 % cut and 1 % twenty times as slow', rough)
    const rows = samplerRowsPerSecond()
    console.log(`samplers: ${Math.round(rows)} rows per second of ten columns`)
    return {
      busy,
      busyHeavyTail: heavy.busy,
      busyRejecting: rejecting.busy,
      busyRough: rough.busy,
      cpuSecondsPer1000Calls: Math.max(...cpu),
      samplerRowsPerSecond: Math.round(rows),
    }
  } finally {
    await bench.node.stop()
    await bench.paced[Symbol.asyncDispose]()
  }
}
