// npm run faults -- [HITS]: kills provider and consumer with SIGKILL in every non-final state of negotiations and of
// transfers of 64 MiB, until each was hit HITS times (default 10), and checks that nothing is lost or done twice.
import * as z from 'zod'
import { type ExchangePair, openExchangePair } from './exchange-pair.ts'
import { Histogram, type Target, finalStates, nameOf } from './kill-plan.ts'
import { killTransfer } from './kill-transfer.ts'
import { bothFinal, check, killAt, pause } from './outcome.ts'

const mostTrials = 40

function request(pair: ExchangePair): void {
  const body = { provider: pair.provider.node.did, dataset: pair.datasetId }
  pair.consumer.api.follow('/exchanges', body, { schema: z.unknown() }).catch(() => {})
}

/** One negotiation with a kill in the target's state. Returns its agreement when it was finalized. */
async function killNegotiation(pair: ExchangePair, target: Target, histogram: Histogram): Promise<void> {
  const side = pair[target.side]
  const known = side.watch.processes('negotiation')
  const knownAtConsumer = pair.consumer.watch.processes('negotiation')
  request(pair)
  let killed = false
  for (const started = performance.now(); performance.now() - started < 5000 && !killed; await pause()) {
    const [fresh] = side.watch.fresh('negotiation', known)
    if (fresh === undefined) continue
    if (fresh.state === target.state) {
      const state = await killAt(pair, target, () => side.watch.state('negotiation', fresh.pid))
      histogram.count({ ...target, state })
      killed = true
    } else if (finalStates.negotiation.has(fresh.state)) break
  }
  if (killed) await side.node.start()
  for (const { pid } of pair.consumer.watch.fresh('negotiation', knownAtConsumer)) {
    await bothFinal(pair, 'negotiation', pid)
  }
}

async function drive(pair: ExchangePair, hits: number, histogram: Histogram): Promise<number> {
  let trials = 0
  for (const machine of ['negotiation', 'transfer'] as const) {
    for (let misses = 0; misses < mostTrials;) {
      const target = histogram.wanting(hits, machine)
      if (target === undefined) break
      const before = histogram.counts.get(nameOf(target))
      await (machine === 'negotiation' ? killNegotiation : killTransfer)(pair, target, histogram)
      trials++
      misses = histogram.counts.get(nameOf(target)) === before ? misses + 1 : 0
    }
  }
  return trials
}

function checkAgreements({ provider, consumer }: ExchangePair): number {
  const finalized = [...consumer.watch.processes('negotiation').values()].filter(
    (state) => state === 'FINALIZED',
  ).length
  for (const { watch, node } of [provider, consumer]) {
    const ids = watch.agreements()
    check(new Set(ids).size === ids.length, `no agreement twice at the ${node.name}`)
    check(ids.length === finalized, `as many agreements as finalized negotiations at the ${node.name}`)
  }
  return finalized
}

if (import.meta.main) {
  const hits = Number(process.argv[2] ?? 10)
  const pair = await openExchangePair({ root: '.bench/faults', bytes: 64 * 1024 * 1024 })
  const histogram = new Histogram()
  try {
    const started = performance.now()
    const trials = await drive(pair, hits, histogram)
    const agreements = checkAgreements(pair)
    for (const { node } of [pair.provider, pair.consumer]) await node.run(['ledger', 'verify'])
    console.log(
      `${trials} exchanges with a kill in ${((performance.now() - started) / 1000).toFixed(0)} s, kills by state:`,
    )
    const least = Math.min(...histogram.counts.values())
    console.log(`${agreements} agreements, each once on both sides; every exchange ended alike; both logs verify`)
    console.log(`RESULT ${JSON.stringify({ trials, least, agreements, hits: Object.fromEntries(histogram.counts) })}`)
    if (least < hits) process.exitCode = 1
  } finally {
    histogram.print()
    await pair.close()
  }
}
