import { canonicalJson } from '../../../protocol/canonical/jcs.ts'
import { sameRules } from '../../../protocol/policy/canonical.ts'
import type { Negotiation } from '../../../schemas/negotiation.ts'
import type { Transfer } from '../../../schemas/transfer.ts'
import type { Book } from '../book.ts'
import { brokenPair } from './consistent-pairs.ts'
import { type Change, FINAL, type Held, tableOf, transitionsIn } from './change.ts'

/** Rule and detail of what a change breaks. */
type Broken = readonly [rule: string, detail: string]

/** What must hold whenever a store has committed a change; the numbers are those of the SPEC files. */
export function brokenBy(change: Change, book: Book): Broken[] {
  return change.kind === 'negotiation'
    ? [...ofProcess(change), ...brokenPair(change, book), ...ofNegotiation(change.after, book)]
    : [...ofProcess(change), ...brokenPair(change, book), ...ofTransfer(change.before?.process, change.after, book)]
}

function ofProcess(change: Change): Broken[] {
  const { kind, before, after } = change
  const { process } = after
  const [mark, broken] = [kind === 'negotiation' ? 'N' : 'T', [] as Broken[]]
  const said = `${kind} ${process.pid} at ${after.node}: ${before?.process.state ?? 'nothing'} -> ${process.state}`
  if (after.version !== (before?.version ?? 0) + 1) {
    broken.push(['D1 every change is a new version', `${said}, version ${before?.version} -> ${after.version}`])
  }
  if (transitionsIn(change) === undefined) broken.push([`${mark}1 moves as its table says`, said])
  if (before !== undefined && FINAL.has(before.process.state)) {
    broken.push([`${mark}2 a final state takes nothing more`, said])
  }
  const { pending } = process
  if (pending !== undefined && tableOf(kind, process.role)[process.state]?.says[pending.says] !== pending.to) {
    broken.push([`${mark}1 says what its table says`, `${said}, pending ${pending.says}`])
  }
  if (new Set(process.seen).size !== process.seen.length) broken.push([`${mark}5 a message is taken in once`, said])
  return broken
}

function ofNegotiation({ node, process }: Held<Negotiation>, book: Book): Broken[] {
  const broken: Broken[] = []
  const { agreement, role, peer, datasetId, offer, pid } = process
  const other = book.otherSide('negotiation', node, process)?.process
  if (agreement !== undefined) {
    const owner = book.ownerOf(agreement['@id'], process)
    if (owner !== pid && owner !== other?.pid) {
      broken.push(['D4 an agreement belongs to one negotiation', `${agreement['@id']} in ${owner} and ${pid}`])
    }
    const byPeer = role === 'consumer' ? agreement.assigner : agreement.assignee
    if (byPeer !== peer || agreement.target !== datasetId || !sameRules(agreement, offer)) {
      broken.push(['N8 an agreement has the rules on the table, the dataset and the parties', `${pid} at ${node}`])
    }
  }
  if (other === undefined) return broken
  const states = new Set([process.state, other.state])
  if (states.has('FINALIZED') && states.has('TERMINATED')) {
    broken.push(['N10 both sides end alike', `${pid} at ${node} is ${process.state}, its other side ${other.state}`])
  }
  const [consumer, provider] = role === 'consumer' ? [process, other] : [other, process]
  if (consumer.state === 'FINALIZED') {
    const knows = provider.state === 'FINALIZED' || provider.pending?.says === 'finalization'
    if (!knows || canonicalJson(consumer.agreement ?? null) !== canonicalJson(provider.agreement ?? null)) {
      broken.push(['N10 both sides hold the same agreement', `${consumer.pid} and ${provider.pid}`])
    }
  } else if (provider.state === 'FINALIZED') {
    broken.push(['N3 the sender moves with the acknowledgement', `${provider.pid} is FINALIZED before ${consumer.pid}`])
  }
  return broken
}

function ofTransfer(before: Transfer | undefined, { node, process, token }: Held<Transfer>, book: Book): Broken[] {
  const broken: Broken[] = []
  const { role, pid, state, use, agreementId } = process
  if (role !== 'provider') return broken
  if (before?.suspendedBy === 'provider' && state === 'STARTED' && before.pending?.says !== 'start') {
    broken.push(['T7 what the provider suspended only the provider starts', `${pid} at ${node}`])
  }
  if (before?.use !== undefined && before.use !== use) {
    broken.push(['T8 a pull is counted once', `${pid} at ${node} was use ${before.use}, is ${use}`])
  }
  if (FINAL.has(state) && token !== null) broken.push(['A2 no token outlives its transfer', `${pid} at ${node}`])
  if (use === undefined) return broken
  const same = book.transfersUnder(node, agreementId).filter((held) => held.process.role === 'provider')
  if (same.some((held) => held.process.pid !== pid && held.process.use === use)) {
    broken.push(['T8 no use is counted twice', `use ${use} under ${agreementId} at ${node}`])
  }
  const allowed = book.pullsAllowed(node, agreementId)
  if (allowed !== undefined && use > allowed) {
    broken.push(['T8 no pull beyond what the agreement allows', `use ${use} of ${allowed} under ${agreementId}`])
  }
  return broken
}
