import { decideNegotiation } from '../../../protocol/negotiation/machine.ts'
import { decideTransfer } from '../../../protocol/transfer/machine.ts'
import { negotiationKind } from '../../model/negotiation.ts'
import { transferKind } from '../../model/transfer.ts'
import type { Book } from '../book.ts'
import { type Change, FINAL } from './change.ts'

/** Consumer before provider, as the SPEC files have them: one side has not heard yet that its message arrived. */
const PAIRS = {
  negotiation: negotiationKind(decideNegotiation).pairs,
  transfer: transferKind(decideTransfer).pairs,
} as const

/** N10 and T10: the states that the two sides have committed fit each other at every moment. */
export function brokenPair(change: Change, book: Book): (readonly [rule: string, detail: string])[] {
  const { kind, after } = change
  const { node, process } = after
  const other =
    change.kind === 'negotiation'
      ? book.otherSide('negotiation', node, change.after.process)
      : book.otherSide('transfer', node, change.after.process)
  if (other === undefined) return []
  const states = process.role === 'consumer' ? [process, other.process] : [other.process, process]
  const [consumer = '', provider = ''] = states.map(({ state }) => state)
  const ended = consumer === 'TERMINATED' || provider === 'TERMINATED'
  if (consumer === provider || (ended && !(FINAL.has(consumer) && FINAL.has(provider)))) return []
  if (PAIRS[kind].has(`${consumer}/${provider}`)) return []
  const mark = kind === 'negotiation' ? 'N10' : 'T10'
  return [[`${mark} the states of the two sides fit each other`, `${process.pid} at ${node}: ${consumer}/${provider}`]]
}
