import { sha256Hex, toBase64Url, utf8 } from '../../protocol/canonical/hash.ts'
import { evaluatePolicy } from '../../protocol/policy/evaluate.ts'
import { validAuthorities } from '../../protocol/policy/memberships.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import type { Access, TransferDeps, Transfers } from './operations.ts'
import { createMembershipCheck } from './push-membership.ts'
import type { AccessToken } from './store.ts'

const REST_MS = 5 * 60_000
/** Then the consumer renews, which proves its membership again. */
const OLDEST_MS = 30 * 60_000
const RULES_KEPT_MS = 10_000
const PROCESSES_KEPT = 1000

/** Token of a start, the same for every try of it: 256 bits from the node key and the message's id (SPEC.md A1). */
export async function tokenOf(deps: TransferDeps, transferId: string, startId: string): Promise<string> {
  return toBase64Url(await deps.keys.derive(`transfer-token/v1\0${transferId}\0${startId}`))
}

/** What is stored of a token that is being handed out. */
export function storedToken(deps: TransferDeps, token: string): AccessToken {
  return { sha256: sha256Hex(utf8(token)), expiresAt: deps.clock.now() + REST_MS }
}

interface Known {
  readonly version: number
  readonly process: Transfer
  readonly record: AgreementRecord
  readonly operands: readonly string[]
  readonly until: number
}

/** Decides for every chunk; what cannot change without a new version of the process is kept parsed. */
export function createAccessCheck(deps: TransferDeps): Pick<Transfers, 'resolveAccess' | 'pushObjection'> {
  const known = new Map<string, Known>()
  const membership = createMembershipCheck(deps)
  const load = async (transferId: string, version: number): Promise<Known | undefined> => {
    const kept = known.get(transferId)
    const now = deps.clock.now()
    if (kept?.version === version && now < kept.until) return kept
    const stored = await deps.store.get(transferId)
    if (stored?.process.role !== 'provider') return undefined
    const { process } = stored
    const record = await deps.negotiations.agreementForConsumer(process.agreementId, process.peer)
    if (record === undefined) return undefined
    const { operands } = await deps.governance.rulebook()
    const fresh = { version: stored.version, process, record, operands, until: now + RULES_KEPT_MS }
    if (known.size >= PROCESSES_KEPT) known.clear()
    known.set(transferId, fresh)
    return fresh
  }
  return {
    resolveAccess: async (token, transferId) => {
      const now = deps.clock.now()
      const stored = await deps.store.access(transferId)
      const held = stored?.token
      if (stored === undefined || held === undefined || held.sha256 !== sha256Hex(utf8(token))) return UNKNOWN
      if (now >= held.expiresAt) return EXPIRED
      const facts = await load(transferId, stored.version)
      if (facts === undefined) return UNKNOWN
      if (now - Date.parse(facts.process.updatedAt) > OLDEST_MS) return EXPIRED
      const refusal = objection(facts, now)
      if (refusal !== undefined) return refusal
      if (held.expiresAt - now < REST_MS / 2) {
        await deps.store.extend(transferId, { sha256: held.sha256, expiresAt: now + REST_MS })
      }
      const { agreementId, datasetId, peer } = facts.process
      return { transferId, agreementId, datasetId, peer } satisfies Access
    },
    pushObjection: async (transferId) => {
      const stored = await deps.store.access(transferId)
      const facts = stored === undefined ? undefined : await load(transferId, stored.version)
      if (facts === undefined) return NO_AGREEMENT
      const { state, pending } = facts.process
      if (state !== 'STARTED' || pending !== undefined) return notRunning(pending === undefined ? state : 'ending')
      return objection(facts, deps.clock.now()) ?? (await membership(facts.process))
    },
  }
}

function objection({ process, record, operands }: Known, now: number): Refusal | undefined {
  const { state, pending } = process
  const starting = pending?.says === 'start'
  const ending = pending !== undefined && !starting
  if (record.revoked !== undefined || ending || (state !== 'STARTED' && !starting)) {
    return notRunning(ending ? 'ending' : state)
  }
  const { permitted, reasons } = evaluatePolicy(
    record.agreement,
    {
      scope: 'access',
      recipient: process.peer,
      memberships: validAuthorities(process.memberships, now),
      use: process.use ?? 1,
      operands,
      ...(record.purpose === undefined ? {} : { purpose: record.purpose }),
    },
    now,
  )
  if (permitted) return undefined
  return {
    code: 'policy-denied',
    detail: reasons.map((reason) => reason.text.en).join(' '),
    hint: 'The agreement does not permit this now.',
  }
}

function notRunning(state: string): Refusal {
  return {
    code: 'transfer-not-running',
    detail: `the transfer is ${state}`,
    hint: 'The state of the process and its reasons tell why: tanemaki exchange show.',
  }
}

const NO_AGREEMENT: Refusal = {
  code: 'policy-denied',
  detail: 'There is no such agreement.',
  hint: 'The partner needs an agreement that permits it.',
}
const UNKNOWN: Refusal = {
  code: 'unauthorized',
  detail: 'the token is not one of this transfer',
  hint: 'Use the token of the last start message.',
}
const EXPIRED: Refusal = {
  code: 'unauthorized',
  detail: 'the token has rested for five minutes, or is half an hour old',
  hint: 'Suspend the transfer with the code access-renewal to get a new one.',
}
