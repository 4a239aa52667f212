import { dssePayload } from '../../protocol/canonical/dsse.ts'
import { readWithdrawal } from '../../protocol/datasets/withdrawal.ts'
import { Refused, refuse } from '../../protocol/refusal.ts'
import { type CopyNotice, type NoticeMessage, WITHDRAWAL_QUEUE, WithdrawalJob } from '../../schemas/copies.ts'
import { STATEMENT_PAYLOAD_TYPE, type WithdrawalPredicate } from '../../schemas/manifests.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { DsseEnvelope } from '../../schemas/ledger.ts'
import type { Datasets } from '../datasets/operations.ts'
import type { Identity } from '../identity/operations.ts'
import type { Negotiations } from '../negotiation/operations.ts'
import type { HttpClient } from '../ports/http-client.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { CopiesStore, StoredCopy } from './copies-store.ts'
import type { Transfers } from './operations.ts'

export interface NoticesDeps {
  readonly store: CopiesStore
  readonly datasets: Pick<Datasets, 'statement'>
  readonly negotiations: Pick<Negotiations, 'agreements'>
  readonly transfers: Pick<Transfers, 'endUse'>
  readonly identity: Pick<Identity, 'service' | 'authorizationFor' | 'verifyStatement'>
  readonly http: HttpClient
  readonly log: Logger
}

/** Notices about datasets that were withdrawn: told to the holders by the provider, kept with their copies by them. */
export interface CopyNotices {
  /** Consumer: keeps a provider's signed notice with every copy it is about. The same notice again changes nothing. */
  receive(sender: ParticipantId, message: NoticeMessage): Promise<void>
  /** Provider: tells every party of an agreement; those that could not be reached are told again. */
  readonly job: JobHandler
}

export function createCopyNotices(deps: NoticesDeps): CopyNotices {
  return {
    receive: (sender, { statement }) => receive(deps, sender, statement),
    job: { queue: WITHDRAWAL_QUEUE, run: (payload) => notifyHolders(deps, WithdrawalJob.parse(payload)) },
  }
}

async function receive(deps: NoticesDeps, sender: ParticipantId, envelope: DsseEnvelope): Promise<void> {
  const payload = dssePayload(envelope)
  const withdrawal = payload === undefined ? undefined : readWithdrawal(payload)
  const issuer = withdrawal?.statement.predicate.issuer
  if (withdrawal === undefined || issuer !== sender || envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    refuse(
      'invalid-request',
      'the notice is not a withdrawal by its sender',
      'Send the signed statement as it is logged.',
    )
  }
  if (!(await deps.identity.verifyStatement(envelope, sender))) {
    refuse(
      'invalid-request',
      'the signature of the notice is not of its sender',
      'Sign with a key of the DID document.',
    )
  }
  const { predicate } = withdrawal.statement
  for (const copy of await deps.store.ofManifest(predicate.manifestId)) {
    if (copy.record.provider === sender) await keep(deps, copy, noticeOf(withdrawal.id, predicate))
  }
}

function noticeOf(statementId: string, { effective, scope, reason }: WithdrawalPredicate): CopyNotice {
  return { kind: 'withdrawal', at: effective, statementId, scope, reason }
}

async function keep(deps: NoticesDeps, copy: StoredCopy, notice: CopyNotice): Promise<void> {
  let current: StoredCopy | undefined = copy
  while (
    current !== undefined &&
    !current.record.notices.some(({ statementId }) => statementId === notice.statementId)
  ) {
    const record = { ...current.record, notices: [...current.record.notices, notice] }
    if ((await deps.store.change({ record, revision: current.revision })) === 'committed') {
      deps.log.warn('dataset-withdrawn-by-provider', { copy: record.id, manifest: record.manifestId })
      return
    }
    current = await deps.store.get(copy.record.id)
  }
}

async function notifyHolders(deps: NoticesDeps, { datasetId, statementId }: WithdrawalJob): Promise<JobOutcome> {
  const statement = await deps.datasets.statement(statementId)
  if (statement === undefined) return { kind: 'dead', error: 'the withdrawal is not stored' }
  const payload = dssePayload(statement.envelope)
  const predicate = payload === undefined ? undefined : readWithdrawal(payload)?.statement.predicate
  if (predicate?.scope === 'all-use') await deps.transfers.endUse(datasetId, predicate.reason)
  let unreached = 0
  for (const holder of await holdersOf(deps, datasetId)) {
    if (!(await notify(deps, holder, statement.envelope))) unreached += 1
  }
  return unreached === 0 ? { kind: 'done' } : { kind: 'retry', error: `${unreached} holders could not be reached` }
}

async function holdersOf({ negotiations }: NoticesDeps, datasetId: string): Promise<Set<ParticipantId>> {
  const holders = new Set<ParticipantId>()
  for (let before: number | undefined; ;) {
    const page = await negotiations.agreements({ limit: 500, ...(before === undefined ? {} : { before }) })
    for (const agreement of page) {
      if (agreement.role === 'provider' && agreement.datasetId === datasetId) holders.add(agreement.peer)
    }
    const last = page.at(-1)
    if (page.length < 500 || last === undefined) return holders
    before = Date.parse(last.finalizedAt)
  }
}

/** true when the holder has it, and for holders that offer no such service: there is nobody to tell. */
async function notify(
  { identity, http, log }: NoticesDeps,
  holder: ParticipantId,
  statement: DsseEnvelope,
): Promise<boolean> {
  try {
    const base = await identity.service(holder, 'ManifestService')
    const authorization = await identity.authorizationFor(holder)
    const { status } = await http.request({
      method: 'POST',
      url: `${base}/notices`,
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ statement }),
    })
    return status < 300
  } catch (error) {
    log.warn('withdrawal-notice-not-delivered', { holder })
    return error instanceof Refused && error.refusal.code === 'unsupported'
  }
}
