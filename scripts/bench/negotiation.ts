import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { type Negotiation, NegotiationPhase } from '../../schemas/negotiation.ts'
import { DatasetRecord } from '../../schemas/datasets.ts'
import { openExchangePair, type ExchangePair } from '../faults/exchange-pair.ts'
import { countedRequests } from './negotiation-requests.ts'
import { measureFloor } from './negotiation-floor.ts'
import { showSpread, spread } from './rounds.ts'

const ROOT = '.bench/negotiation'
const WARM_UP = 60
const SEQUENTIAL = 300
const IN_FLIGHT = 50
const SUSTAINED = 1500
const ROUNDS = 3

const Ended = z.object({ state: NegotiationPhase })

/** Two nodes as processes with real identity and durable commits: how long a negotiation takes, and how many there are in a second. */
export async function run(): Promise<Record<string, unknown>> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'ignore' })
  const requests = await countedRequests(40)
  await using pair = disposable(await openExchangePair({ root: ROOT, bytes: 4096 }))
  const { offers } = await pair.provider.api.get(`/datasets/${encodeURIComponent(pair.datasetId)}`, DatasetRecord)
  const negotiate = async (offer: unknown): Promise<number> => {
    const started = performance.now()
    const body = {
      provider: pair.provider.node.did,
      dataset: pair.datasetId,
      ...(offer === undefined ? {} : { offer }),
    }
    const { state } = await pair.consumer.api.follow('/exchanges', body, { schema: Ended })
    if (state !== ('FINALIZED' satisfies Negotiation['state'])) throw new Error(`a negotiation ended ${state}`)
    return performance.now() - started
  }
  const [offer] = offers
  for (let count = 0; count < WARM_UP; count += 1) await negotiate(offer)
  const [sequential, floor, perSecond]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let count = 0; count < SEQUENTIAL / ROUNDS; count += 1) sequential.push(await negotiate(offer))
    floor.push(...(await measureFloor({ requests: requests.protocol + requests.identity, commits: 8, rounds: 60 })))
    perSecond.push(await sustained(() => negotiate(offer)))
  }
  const browsing: number[] = []
  for (let count = 0; count < 60; count += 1) browsing.push(await negotiate(undefined))
  const commits = await countedCommits(pair, () => negotiate(offer))
  return shown({ sequential, browsing, floor, perSecond, requests, commits })
}

function disposable(pair: ExchangePair): ExchangePair & AsyncDisposable {
  return { ...pair, [Symbol.asyncDispose]: () => pair.close() }
}

/** Finished negotiations in a second, with so many in flight all the time. */
async function sustained(negotiate: () => Promise<number>): Promise<number> {
  let left = SUSTAINED / ROUNDS
  const started = performance.now()
  const worker = async () => {
    while (left > 0) {
      left -= 1
      await negotiate()
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker))
  return (SUSTAINED / ROUNDS / (performance.now() - started)) * 1000
}

/** Durable commits of both nodes for one negotiation, its receipt included: syncs of the database's files, counted by strace. */
async function countedCommits(pair: ExchangePair, negotiate: () => Promise<number>): Promise<number | undefined> {
  if (spawnSync('strace', ['-V'], { stdio: 'ignore' }).status !== 0) return undefined
  const count = 40
  const output = join(ROOT, 'syncs')
  const pids = [pair.provider, pair.consumer].flatMap(({ node }) => ['-p', String(node.pid)])
  const tracer = spawn('strace', ['-f', '-y', '-e', 'trace=fdatasync,fsync', '-o', output, ...pids], {
    stdio: 'ignore',
  })
  try {
    await sleep(1000)
    writeFileSync(output, '')
    for (let each = 0; each < count; each += 1) await negotiate()
    await sleep(500)
    const lines = readFileSync(output, 'utf8').split('\n')
    return lines.filter((line) => line.includes('sqlite-wal') && !line.includes('resumed')).length / count
  } finally {
    tracer.kill('SIGINT')
    rmSync(output, { force: true })
  }
}

interface Measured {
  readonly sequential: readonly number[]
  readonly browsing: readonly number[]
  readonly floor: readonly number[]
  readonly perSecond: readonly number[]
  readonly requests: Awaited<ReturnType<typeof countedRequests>>
  readonly commits: number | undefined
}

function shown({ sequential, browsing, floor, perSecond, requests, commits }: Measured): Record<string, unknown> {
  const [p50Ms, p99Ms] = [quantile(sequential, 0.5), quantile(sequential, 0.99)]
  const rate = spread(perSecond)
  const ratio = p50Ms / quantile(floor, 0.5)
  console.log(
    `request to FINALIZED at the consumer, ${sequential.length} negotiations one after the other, two processes`,
  )
  console.log(
    `  p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms [${Math.min(...sequential).toFixed(1)}-${Math.max(...sequential).toFixed(1)}]`,
  )
  console.log(`  with the lookup in the provider's catalog first: p50 ${quantile(browsing, 0.5).toFixed(1)} ms`)
  console.log(`floor: as many requests between two bare node:http servers, with as many durable commits of SQLite`)
  console.log(`  p50 ${quantile(floor, 0.5).toFixed(1)} ms; ratio ${ratio.toFixed(2)}`)
  console.log(`with ${IN_FLIGHT} in flight, ${ROUNDS} rounds: ${showSpread(rate, 0)} negotiations/s`)
  console.log(
    `HTTP requests per negotiation: ${requests.protocol.toFixed(2)} of the protocol, ${requests.identity.toFixed(2)} of identity, ${requests.receipts.toFixed(2)} of its receipt`,
  )
  console.log(
    `commits per negotiation, both nodes, receipt included: ${commits === undefined ? 'not counted, strace is not here' : commits.toFixed(1)}`,
  )
  return { p50Ms, p99Ms, perSecond: rate.median, ratio, requests, ...(commits === undefined ? {} : { commits }) }
}

function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN
}
