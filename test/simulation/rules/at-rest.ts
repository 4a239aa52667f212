import { createHash } from 'node:crypto'
import * as z from 'zod'
import { readPullAddress } from '../../../protocol/transfer/data-address.ts'
import type { Book } from '../book.ts'
import { FOREIGN } from '../monitor.ts'
import { FINAL } from './change.ts'
import { brokenLog, type RestingLog } from './logs-at-rest.ts'

type Broken = readonly [rule: string, detail: string]

/** What must hold when no fault is made any more and every node has come to rest. */
export function brokenAtRest(book: Book, nodes: readonly RestingLog[]): Broken[] {
  const receipts = nodes.map((node) => receiptsOf(node))
  return [
    ...negotiationsAtRest(book),
    ...transfersAtRest(book),
    ...nodes.flatMap((node) => agreementsAtRest(book, node)),
    ...receipts.flatMap(chains),
    ...receiptsAtBoth(book, receipts),
    ...nodes.flatMap(brokenLog),
  ]
}

function negotiationsAtRest(book: Book): Broken[] {
  return book.negotiations().flatMap(({ node, process }): Broken[] => {
    const said = `negotiation ${process.pid} at ${node} rests in ${process.state}`
    const other = book.otherSide('negotiation', node, process)?.process
    if (process.pending !== undefined)
      return [['N10 nothing stays undelivered', `${said} with ${process.pending.says}`]]
    if (other !== undefined && other.state !== process.state) {
      return [['N10 both sides end alike', `${said}, the other side in ${other.state}`]]
    }
    if (other === undefined && process.state !== 'TERMINATED') return [['N10 both sides end alike', `${said}, alone`]]
    if (!FINAL.has(process.state)) return [['N10 a negotiation that nobody holds up ends', said]]
    return []
  })
}

function transfersAtRest(book: Book): Broken[] {
  return book.transfers().flatMap(({ node, process }): Broken[] => {
    const said = `transfer ${process.pid} at ${node} rests in ${process.state}`
    const other = book.otherSide('transfer', node, process)
    if (process.pending !== undefined)
      return [['T10 nothing stays undelivered', `${said} with ${process.pending.says}`]]
    if (other === undefined) {
      return process.state === 'TERMINATED' ? [] : [['T10 both sides come to the same state', `${said}, alone`]]
    }
    const { state, suspendedBy } = other.process
    const suspended = state === 'SUSPENDED' && suspendedBy !== process.suspendedBy
    if (state !== process.state || suspended) {
      return [
        [
          'T10 both sides come to the same state',
          `${said} (${process.suspendedBy}), the other side in ${state} (${suspendedBy})`,
        ],
      ]
    }
    if (process.role !== 'consumer' || state !== 'STARTED') return []
    const address = process.dataAddress === undefined ? undefined : readPullAddress(process.dataAddress)
    const token = address?.authorization.replace('Bearer ', '') ?? ''
    if (createHash('sha256').update(token).digest('hex') === other.token) return []
    return [['A1 the consumer holds the token of the running start', said]]
  })
}

const Agreement = z.object({ id: z.string(), role: z.string() })

/** Every finalized negotiation has its agreement, and there are no others. */
function agreementsAtRest(book: Book, { name, connection }: RestingLog): Broken[] {
  const stored = z.array(Agreement).parse(connection.prepare('select id, role from agreements').all())
  const expected = [...book.of(name).negotiation.values()].flatMap(({ process }) =>
    process.state === 'FINALIZED' ? [`${process.agreement?.['@id']} ${process.role}`] : [],
  )
  const [have, want] = [stored.map(({ id, role }) => `${id} ${role}`).sort(), expected.sort()]
  return have.join() === want.join()
    ? []
    : [['D4 an agreement belongs to one negotiation', `${name} has ${have.join()}, not ${want.join()}`]]
}

const Receipt = z.object({
  id: z.string(),
  exchange: z.string(),
  seq: z.number(),
  type: z.string(),
  state: z.string(),
  counterpart: z.string(),
  proposer: z.string(),
  pairSeq: z.number(),
})
interface Receipts {
  readonly name: string
  readonly kept: readonly z.infer<typeof Receipt>[]
}

function receiptsOf({ name, connection }: RestingLog): Receipts {
  const rows = connection
    .prepare(
      `select id, exchange_id as exchange, seq, type, state, counterpart, proposer, pair_seq as pairSeq
       from receipts order by exchange_id, seq`,
    )
    .all()
  return { name, kept: z.array(Receipt).parse(rows) }
}

function chains({ name, kept }: Receipts): Broken[] {
  const broken: Broken[] = []
  for (const { id, state } of kept)
    if (state !== 'co-signed') broken.push(['D5 every receipt is signed by both', `${id} is ${state} at ${name}`])
  const gapless = (numbers: readonly number[]) =>
    numbers.toSorted((a, b) => a - b).every((number, at) => number === at + 1)
  const check = (chain: string, numbers: readonly number[]) => {
    if (!gapless(numbers))
      broken.push(['D5 receipts are chained without a gap', `${chain} at ${name}: ${numbers.join(' ')}`])
  }
  for (const [exchange, all] of Map.groupBy(kept, (receipt) => receipt.exchange))
    check(
      exchange,
      all.map(({ seq }) => seq),
    )
  for (const [pair, all] of Map.groupBy(kept, (receipt) => `${receipt.counterpart} ${receipt.proposer}`)) {
    check(
      pair,
      all.map(({ pairSeq }) => pairSeq),
    )
  }
  return broken
}

/** Both sides hold the same receipts, and each agreement has one. */
function receiptsAtBoth(book: Book, receipts: readonly Receipts[]): Broken[] {
  const broken: Broken[] = []
  const byExchange = Map.groupBy(
    receipts.flatMap(({ name, kept }) => kept.map((receipt) => ({ ...receipt, name }))),
    (receipt) => receipt.exchange,
  )
  for (const [exchange, all] of byExchange) {
    for (const [id, held] of Map.groupBy(all, (receipt) => receipt.id)) {
      if (held.length !== 2)
        broken.push(['D5 both sides hold the same receipts', `${id} of ${exchange} is held by ${held.length}`])
    }
  }
  for (const { process } of book.negotiations()) {
    const agreement = process.agreement?.['@id'] ?? ''
    if (process.state !== 'FINALIZED' || process.pid.startsWith(FOREIGN)) continue
    const first = byExchange.get(agreement)?.some(({ type }) => type === 'AgreementFinalized')
    if (first !== true) broken.push(['D6 every agreement has a receipt', agreement])
  }
  return broken
}
