import { instantOf } from '../../protocol/instant.ts'
import { exchangeFacts, isReceiptable } from '../../protocol/negotiation/receipt-facts.ts'
import { type Accepted, decideTransfer, isFinal, type TransferEvent } from '../../protocol/transfer/machine.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import { RECEIPT_QUEUE, type ReceiptProposal } from '../../schemas/ledger.ts'
import { PUSH_EVIDENCE_QUEUE, PUSH_QUEUE } from '../../schemas/pushes.ts'
import { PULL_FORMAT, S3_PUSH_FORMAT, type Transfer } from '../../schemas/transfer.ts'
import type { JobDraft } from '../ports/queue.ts'
import type { TransferDeps } from './operations.ts'
import type { AccessToken } from './store.ts'

export const ADVANCE_QUEUE = 'transfer-advance'
const MOST_CONFLICTS = 20

export interface Step {
  readonly pid: string
  readonly event: TransferEvent
  /** Changes on the stored process before the event is decided, for example the proven memberships. */
  readonly prepare?: (process: Transfer) => Transfer
  /** The caller goes on with the process itself, so no job is queued. */
  readonly inJob?: boolean
  /** Token of a start that is being decided. */
  readonly token?: AccessToken
}

/** Load, decide, commit; a lost race loads and decides again. Undefined when there is no such process. */
export async function step(deps: TransferDeps, change: Step): Promise<Accepted | Refusal | undefined> {
  const { pid, event, prepare = (process) => process, inJob = false, token } = change
  for (let attempt = 0; attempt < MOST_CONFLICTS; attempt += 1) {
    const stored = await deps.store.get(pid)
    if (stored === undefined) return undefined
    const decision = decideTransfer(prepare(stored.process), event, instantOf(deps.clock.now()))
    if ('code' in decision || decision.repeated) return decision
    const { next } = decision
    const kept = isFinal(next.state) ? { token: null } : token === undefined ? {} : { token }
    const jobs = [
      ...advance(decision, inJob),
      ...pushing(stored.process, next),
      ...(await receipt(deps, stored.process, next)),
    ]
    const change = { process: next, version: stored.version, ...kept, ...toldSink(next), effects: { jobs } }
    const committed = await deps.store.change(change)
    if (committed === 'conflict') continue
    announce(deps, stored.process, next)
    return decision
  }
  return { code: 'unavailable', detail: 'the process is too busy', hint: 'Send the message again.' }
}

/** Stores a process that an event has just brought to life. */
export async function begin(
  deps: TransferDeps,
  decision: Accepted,
  sink?: Uint8Array,
): Promise<'committed' | 'conflict'> {
  const committed = await deps.store.insert(decision.next, { jobs: advance(decision, false) }, sink)
  if (committed === 'committed') announce(deps, undefined, decision.next)
  return committed
}

function advance({ next, effects }: Accepted, inJob: boolean): JobDraft[] {
  if (inJob || effects.length === 0) return []
  return [{ queue: ADVANCE_QUEUE, key: next.pid, payload: { pid: next.pid } }]
}

/** Bytes of a push flow whenever it is started and nothing is being said; its end is for cleaning up, and for the manifest. */
function pushing(before: Transfer, next: Transfer): JobDraft[] {
  if (next.format === PULL_FORMAT) return []
  const job = (queue: string) => ({ queue, key: next.pid, payload: { pid: next.pid } })
  if (next.role === 'consumer') {
    const arrived = next.state === 'COMPLETED' && before.state !== 'COMPLETED'
    return arrived ? [job(PUSH_EVIDENCE_QUEUE)] : []
  }
  const flows = ({ state, pending }: Transfer) => state === 'STARTED' && pending === undefined
  const wanted = (flows(next) && !flows(before)) || (isFinal(next.state) && !isFinal(before.state))
  return wanted ? [job(PUSH_QUEUE)] : []
}

/** A consumer keeps the secrets of its sink no longer than until the provider has them. */
function toldSink({ role, state }: Transfer): { readonly sink?: null } {
  return role === 'consumer' && state !== 'INITIAL' ? { sink: null } : {}
}

function transportOf(format: string): string {
  if (format === PULL_FORMAT) return 'http-pull'
  return format === S3_PUSH_FORMAT ? 's3-push' : 'http-push'
}

/** The provider proposes receipt 2 when it learns that its first start arrived (ledger §4.2). */
async function receipt(deps: TransferDeps, before: Transfer, next: Transfer): Promise<JobDraft[]> {
  const started = before.state === 'REQUESTED' && ['STARTED', 'SUSPENDED', 'COMPLETED'].includes(next.state)
  if (next.role !== 'provider' || !started) return []
  const record = await deps.negotiations.agreementForConsumer(next.agreementId, next.peer)
  const dataset = await deps.datasets.get(next.datasetId)
  if (record === undefined || dataset === undefined || !isReceiptable(record)) return []
  const payload: ReceiptProposal = {
    type: 'TransferStarted',
    ...exchangeFacts(record, deps.identity.did),
    body: {
      transferId: next.pid,
      transport: transportOf(next.format),
      startedAt: next.updatedAt,
      resources: dataset.resources.map(({ name, size, tree }) => ({ name, size, root: tree.root })),
      expectedBytes: dataset.size,
    },
  }
  return [{ queue: RECEIPT_QUEUE, key: record.id, payload }]
}

function announce(deps: TransferDeps, before: Transfer | undefined, next: Transfer): void {
  deps.changes.announce(next.pid)
  if (before?.state === next.state) return
  const { pid, role, state, termination } = next
  deps.log.info('transfer-state', { transfer: pid, role, state, final: isFinal(state), code: termination?.code })
}
