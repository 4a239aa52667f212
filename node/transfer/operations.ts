import { canonicalJson } from '../../protocol/canonical/jcs.ts'
import { exchangeFacts, isReceiptable } from '../../protocol/negotiation/receipt-facts.ts'
import { type Refusal, refuse } from '../../protocol/refusal.ts'
import { isFinal } from '../../protocol/transfer/machine.ts'
import type { Did, ParticipantId } from '../../schemas/ids.ts'
import type { ReceiptProposal } from '../../schemas/ledger.ts'
import type { Sink } from '../../schemas/pushes.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import type { Partners } from '../catalog/operations.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Governance } from '../governance/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import { type Changes, watchChanges } from '../ports/changes.ts'
import type { Clock } from '../ports/clock.ts'
import type { Keys } from '../ports/keys.ts'
import type { Random } from '../ports/random.ts'
import type { Logger } from '../telemetry/logger.ts'
import { createAccessCheck } from './access.ts'
import { createConsumerTransfers } from './consumer.ts'
import { createPushes } from './pushes.ts'
import { say, tell } from './say.ts'
import { startOrEnd, type TransferStrategy } from './strategy.ts'
import type { TransferStore } from './store.ts'

/** Where the consumer's pull gets the bytes. `endpoint` has no trailing slash; files are at `<endpoint>/<resource name>`. */
export interface DataAccess {
  readonly endpoint: string
  /** Complete value of the Authorization header. */
  readonly authorization: string
}

/** What a live token lets its bearer read. */
export interface Access {
  readonly transferId: string
  readonly agreementId: string
  readonly datasetId: string
  readonly peer: ParticipantId
}

/** Where a pull went wrong; named to the peer and in the log. */
export interface WrongBytes {
  readonly resource: string
  /** 0-based index of the first wrong chunk. */
  readonly chunk: number
}

/** complete, or the code and reasons of a termination. */
export type PushEnd = 'complete' | { readonly code: string; readonly reasons: readonly string[] }

/** Transfers of this node, in both roles: who may move which bytes when. The bytes themselves are moved elsewhere. */
export interface Transfers {
  /**
   * Consumer: asks the provider to start a pull under a finalized agreement; returns the running transfer when there is one.
   * Throws Refused `not-found`, `peer-refused` with the provider's reasons, `peer-unreachable`.
   */
  start(agreementId: string): Promise<Transfer>
  /**
   * Consumer: asks the provider to bring the dataset into `sink`. Throws Refused `not-found`, and `conflict` while another push under
   * the agreement runs.
   */
  startPush(agreementId: string, sink: Sink): Promise<Transfer>
  /** Provider: where a push goes, until its end has been cleaned up. */
  sinkOf(transferId: string): Promise<Sink | undefined>
  /** Provider: forgets where a push went. */
  forgetSink(transferId: string): Promise<void>
  /** Provider: everything is at the sink, or why the push ends without it. Nothing happens unless the transfer is started. */
  endPush(transferId: string, end: PushEnd): Promise<void>
  /** Consumer: waits until the provider has started the transfer. Throws Refused `peer-refused` when it ended instead. */
  dataAddress(transferId: string, signal?: AbortSignal): Promise<DataAccess>
  /**
   * Consumer: for a token that the provider no longer takes (401 at the data endpoint). Suspends the transfer with the code
   * `access-renewal`; the provider answers with a start that carries a new token.
   */
  renew(transferId: string, signal?: AbortSignal): Promise<DataAccess>
  /** Consumer: every byte is verified and kept. */
  complete(transferId: string): Promise<Transfer>
  /** Consumer: ends the transfer and names the wrong chunk to the provider and in the log. */
  fail(transferId: string, wrong: WrongBytes): Promise<Transfer>
  /** Either role. Throws Refused `not-found`, `conflict` when the state does not allow it. */
  suspend(transferId: string, reason: string): Promise<Transfer>
  /** Provider: starts a suspended transfer again, if the policy still permits. */
  resume(transferId: string): Promise<Transfer>
  terminate(transferId: string, reason: string): Promise<Transfer>
  get(pid: string): Promise<Transfer | undefined>
  /** Newest change first. */
  list(options?: { readonly limit?: number; readonly before?: number }): Promise<Transfer[]>
  watch(pid: string, signal?: AbortSignal): AsyncIterable<Transfer>
  /** Provider: ends every pull of the dataset and lets none start again under its agreements; for a withdrawal from all use. */
  endUse(datasetId: string, reason: string): Promise<void>
  /**
   * Provider: what the bearer of the token may read now. To be asked for every chunk: it looks at the live state, the expiry
   * of the token (five minutes after its last use, half an hour in all) and the policy of the agreement.
   * Refusal codes: `unauthorized` (unknown or expired token; ask for a renewal), `policy-denied`, `transfer-not-running`.
   */
  resolveAccess(token: string, transferId: string): Promise<Access | Refusal>
  /**
   * Provider: why no byte of a push may leave now; to be asked for every chunk, as `resolveAccess` for a pull. Codes:
   * `transfer-not-running`, `policy-denied`.
   */
  pushObjection(transferId: string): Promise<Refusal | undefined>
  /** All transfers under an agreement, in both roles. */
  ofAgreement(agreementId: string): Promise<Transfer[]>
  /** Whether a receipt of a transfer that a peer proposes fits what this node knows of it. */
  expects(proposal: ReceiptProposal, proposer: Did): Promise<Refusal | undefined>
}

export interface TransferDeps {
  readonly store: TransferStore
  readonly strategy: TransferStrategy
  readonly negotiations: Pick<Negotiations, 'agreement' | 'agreementForConsumer' | 'revoke'>
  readonly datasets: Pick<Datasets, 'get'>
  readonly governance: Pick<Governance, 'rulebook' | 'space' | 'participants'>
  readonly identity: Pick<Identity, 'did'>
  readonly partners: Partners
  readonly keys: Keys
  readonly changes: Changes
  readonly clock: Clock
  readonly random: Random
  readonly log: Logger
  /** Vets an address that a partner gave. Throws HttpFailure. */
  connectTarget(url: string): Promise<unknown>
  /** Public base URL of this node, without a trailing slash. */
  readonly publicUrl: string
}

export function createTransfers(deps: TransferDeps): Transfers {
  const { store } = deps
  return {
    ...createConsumerTransfers(deps),
    ...createAccessCheck(deps),
    ...createPushes(deps),
    suspend: async (pid, reason) => {
      const process = await found(deps, pid)
      return tell(deps, process, { says: 'suspension', termination: cause(process, 'suspended', reason) })
    },
    resume: async (pid) => {
      const process = await found(deps, pid)
      if (process.role === 'consumer') return tell(deps, process, { says: 'start' })
      const move = await startOrEnd(deps, process)
      return tell(deps, process, move)
    },
    terminate: async (pid, reason) => {
      const process = await found(deps, pid)
      return tell(deps, process, { says: 'termination', termination: cause(process, 'cancelled', reason) })
    },
    get: async (pid) => (await store.get(pid))?.process,
    ofAgreement: (agreementId) => store.ofAgreement(agreementId),
    list: ({ limit, before } = {}) => {
      const most = Math.min(Math.max(limit ?? 100, 1), 500)
      return store.list(before === undefined ? { limit: most } : { limit: most, before })
    },
    watch: async function* (pid, signal) {
      const final = ({ process }: { process: Transfer }) => isFinal(process.state)
      const versions = watchChanges(deps.changes, { key: pid, read: () => store.get(pid), final }, signal)
      for await (const { process } of versions) yield process
    },
    endUse: async (datasetId, reason) => {
      for (const { id } of await deps.negotiations.revoke(datasetId, reason)) {
        for (const { process } of await store.running({ agreementId: id, role: 'provider' })) {
          const termination = cause(process, 'dataset-withdrawn', reason)
          await say(deps, process, { says: 'termination', termination, inJob: false })
        }
      }
    },
    expects: (proposal, proposer) => expectation(deps, proposal, proposer),
  }
}

async function found({ store }: TransferDeps, pid: string): Promise<Transfer> {
  return (
    (await store.get(pid))?.process ?? refuse('not-found', 'there is no such transfer', 'List your exchanges first.')
  )
}

function cause({ role }: Transfer, code: string, reason: string) {
  return { by: role, code, reasons: [reason.slice(0, 2000)] }
}

async function expectation(deps: TransferDeps, proposal: ReceiptProposal, proposer: Did): Promise<Refusal | undefined> {
  if (proposal.type === 'AgreementFinalized') return WRONG
  const record =
    (await deps.negotiations.agreementForConsumer(proposal.exchangeId, proposer)) ??
    (await deps.negotiations.agreement(proposal.exchangeId))
  if (record?.peer !== proposer || !isReceiptable(record)) return WRONG
  const { type: _, body, ...common } = proposal
  if (canonicalJson(common) !== canonicalJson(exchangeFacts(record, deps.identity.did))) return WRONG
  // Both sides name a transfer by the provider's process id.
  const transfers = await deps.store.ofAgreement(record.id)
  const known = transfers.some((t) => (t.role === 'provider' ? t.pid : t.peerPid) === body.transferId)
  return known ? undefined : { code: 'conflict', detail: 'the transfer is not known here yet', hint: 'Try again.' }
}

const WRONG: Refusal = {
  code: 'invalid-request',
  detail: 'the receipt says otherwise than this node knows',
  hint: 'Compare the facts.',
}
