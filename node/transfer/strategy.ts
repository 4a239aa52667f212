import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { validAuthorities } from '../../protocol/policy/memberships.ts'
import type { Termination } from '../../schemas/dsp.ts'
import { RENEWAL_CODE, type Transfer, type TransferSpeech } from '../../schemas/transfer.ts'
import type { TransferDeps } from './operations.ts'

/** What this side says next of itself; undefined: it is the peer's turn or a person's. */
export interface Move {
  readonly says: TransferSpeech
  readonly termination?: Termination
  readonly use?: number
  /** SPEC.md T14. */
  readonly answersStart?: boolean
}

/** Who speaks for this side of a transfer. Asked after every change and after every start; the same question twice is harmless. */
export interface TransferStrategy {
  next(process: Transfer): Promise<Move | undefined>
}

export type DecidingDeps = Pick<TransferDeps, 'store' | 'negotiations' | 'governance' | 'partners' | 'clock'>

/**
 * The provider starts what was requested, what the consumer suspended for a new token, and what a consumer started that waits for
 * an answer, as long as the policy permits.
 */
export function automaticStrategy(deps: DecidingDeps): TransferStrategy {
  return {
    next: async (process) => {
      if (process.role === 'consumer') return undefined
      const renewal =
        process.state === 'SUSPENDED' && process.suspendedBy === 'consumer' && process.suspension?.code === RENEWAL_CODE
      if (process.state === 'REQUESTED' || renewal) return startOrEnd(deps, process)
      const awaited = process.state === 'STARTED' && process.resumed === true && deps.partners.awaitsStart(process.peer)
      return awaited ? { ...(await startOrEnd(deps, process)), answersStart: true } : undefined
    },
  }
}

export async function startOrEnd(deps: DecidingDeps, process: Transfer): Promise<Move> {
  const use = process.use ?? (await deps.store.uses(process.agreementId)) + 1
  const reasons = await objections(deps, process, use)
  if (reasons.length === 0) return { says: 'start', use }
  return { says: 'termination', termination: { by: 'provider', code: 'policy-denied', reasons } }
}

/** Why the pull may not start now; empty when it may. */
async function objections(deps: DecidingDeps, process: Transfer, use: number): Promise<string[]> {
  const record = await deps.negotiations.agreementForConsumer(process.agreementId, process.peer)
  if (record === undefined) return ['There is no such agreement.']
  if (record.revoked !== undefined) return [`The dataset was withdrawn: ${record.revoked.reason}`]
  const now = deps.clock.now()
  const { operands } = await deps.governance.rulebook()
  const { reasons } = evaluatePolicy(
    record.agreement,
    {
      scope: 'transfer',
      recipient: process.peer,
      memberships: validAuthorities(process.memberships, now),
      use,
      operands,
      ...(record.purpose === undefined ? {} : { purpose: record.purpose }),
    },
    now,
  )
  return reasons.map((reason) => reason.text.en)
}
