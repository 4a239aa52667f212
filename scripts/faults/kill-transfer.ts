import { globSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { CopyRecord, PullProgress } from '../../schemas/copies.ts'
import type { ExchangePair } from './exchange-pair.ts'
import { type Histogram, type Target, finalStates } from './kill-plan.ts'
import { bothFinal, check, killAt, pause, until } from './outcome.ts'

const Shown = z.object({ copy: CopyRecord, progress: PullProgress })
const longestStartedMs = 900

/** One transfer of 64 MiB under a new agreement, with a kill in the target's state, to its verified end. */
export async function killTransfer(pair: ExchangePair, target: Target, histogram: Histogram): Promise<void> {
  const agreement = await agree(pair)
  pair.consumer.api.post('/copies', { agreement }, z.unknown()).catch(() => {})
  const killed = await reach(pair, target, agreement)
  let keptChunks = 0
  if (killed) {
    const state = await killAt(pair, target, () => pair[target.side].watch.state('transfer', agreement))
    histogram.count({ ...target, state })
    keptChunks = verifiedChunks(pair)
    await pair[target.side].node.start()
  }
  await pullAgain(pair, target, agreement)
  const { copy, progress } = await completed(pair, agreement)
  const chunk = copy.resources[0]?.tree.chunk ?? 0
  const allowance = target.side === 'consumer' && killed ? -keptChunks * chunk : chunk
  check(
    progress.received <= copy.size + Math.max(allowance, -copy.size),
    `no verified chunk is fetched again (${keptChunks} were kept, ${progress.received} of ${copy.size} bytes received since)`,
  )
  check((await bothFinal(pair, 'transfer', agreement)) === 'COMPLETED', `the transfer under ${agreement} completes`)
  // The node may be filing a receipt there.
  rmSync(join(pair.consumer.node.dataDir, 'files/copies', copy.id), {
    recursive: true,
    maxRetries: 10,
    retryDelay: 100,
  })
}

async function agree(pair: ExchangePair): Promise<string> {
  const body = { provider: pair.provider.node.did, dataset: pair.datasetId }
  const negotiation = await pair.consumer.api.follow('/exchanges', body, {
    schema: z.object({ state: z.literal('FINALIZED'), agreement: z.looseObject({ '@id': z.string() }) }),
  })
  return negotiation.agreement['@id']
}

/** Brings the transfer into the target's state; false when it was over before. */
async function reach(pair: ExchangePair, { side, state }: Target, agreement: string): Promise<boolean> {
  const { watch } = pair[side]
  let suspending = false
  for (const started = performance.now(); performance.now() - started < 10_000; await pause()) {
    const now = watch.state('transfer', agreement)
    if (now === state) {
      if (state === 'STARTED') await pause(1 + Math.floor(longestStartedMs * ((started * 1000) % 1)))
      return watch.state('transfer', agreement) === state
    }
    if (state === 'SUSPENDED' && now === 'STARTED' && !suspending) {
      suspending = true
      await pause(150)
      await suspend(pair, side, agreement)
    }
    if (now !== undefined && finalStates.transfer.has(now)) return false
  }
  return false
}

const Transfers = z.object({ transfers: z.array(z.object({ pid: z.string(), agreementId: z.string() })) })

async function transferPid(pair: ExchangePair, side: Target['side'], agreement: string): Promise<string> {
  const { transfers } = await pair[side].api.get('/transfers?limit=500', Transfers)
  return encodeURIComponent(transfers.find((transfer) => transfer.agreementId === agreement)?.pid ?? '')
}

async function suspend(pair: ExchangePair, side: Target['side'], agreement: string): Promise<void> {
  const pid = await transferPid(pair, side, agreement)
  await pair[side].api.post(`/transfers/${pid}/suspension`, { reason: 'a pause' }, z.unknown())
}

/** What a person does after the kill: asks for the copy again, and lets a suspended transfer go on. */
async function pullAgain(pair: ExchangePair, target: Target, agreement: string): Promise<void> {
  if (target.state === 'SUSPENDED') {
    await until('the provider knows of the pause', () => {
      const state = pair.provider.watch.state('transfer', agreement)
      return state === 'SUSPENDED' || state === 'COMPLETED' ? state : undefined
    })
    const pid = await transferPid(pair, 'provider', agreement)
    await pair.provider.api.post(`/transfers/${pid}/start`, {}, z.unknown()).catch(() => {})
  }
  const known = await pair.consumer.api.get(`/copies/${encodeURIComponent(agreement)}`, Shown).catch(() => undefined)
  if (known === undefined) await pair.consumer.api.post('/copies', { agreement }, z.unknown())
}

async function completed(pair: ExchangePair, agreement: string): Promise<z.infer<typeof Shown>> {
  for (const started = performance.now(); performance.now() - started < 90_000; await pause(50)) {
    const shown = await pair.consumer.api.get(`/copies/${encodeURIComponent(agreement)}`, Shown)
    if (shown.copy.state === 'complete') return shown
    check(shown.copy.state !== 'failed', `the pull goes on (${shown.copy.failure?.detail ?? ''})`)
  }
  throw new Error(`the copy under ${agreement} does not arrive`)
}

/** Chunks that the journals of running pulls call verified. */
function verifiedChunks(pair: ExchangePair): number {
  return globSync(join(pair.consumer.node.dataDir, 'files', 'pulling', '*', 'work', '*.chunks')).reduce(
    (sum, file) => sum + readFileSync(file).reduce((count, mark) => count + (mark === 0 ? 0 : 1), 0),
    0,
  )
}
