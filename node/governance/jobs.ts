import * as z from 'zod'
import { DCP_CONTEXT } from '../../schemas/identity.ts'
import { membershipType } from '../../protocol/identity/scope.ts'
import { Refused } from '../../protocol/refusal.ts'
import { type HttpClient, HttpFailure } from '../ports/http-client.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Identity } from '../identity/operations.ts'
import { deliveryQueue } from './issuing.ts'
import type { GovernanceStore, Issuance } from './store.ts'

const Payload = z.object({ issuerPid: z.string() })
const passing = new Set([401, 404, 408, 425, 429])

export interface DeliveryDeps {
  readonly identity: Identity
  readonly store: GovernanceStore
  readonly http: HttpClient
  readonly log: Logger
  /** A token for the holder, echoing the access token that it sent with its request. */
  readonly mint: (request: { audience: Issuance['holder']; accessToken?: string }) => Promise<string>
}

/** Brings an issued credential to the holder's CredentialService (DCP 1.0 §6.6). A repeated delivery has the same content. */
export function deliveryHandler(deps: DeliveryDeps): JobHandler {
  const { store, log } = deps
  return {
    queue: deliveryQueue,
    deadlineMs: 6 * 3_600_000,
    run: async (input) => {
      const { issuerPid } = Payload.parse(input)
      const issuance = await store.issuance(issuerPid)
      if (issuance === undefined || issuance.state !== 'received') return { kind: 'done' }
      const status = await deliver(issuance, deps)
      if (status >= 200 && status < 300) {
        await store.finishIssuance(issuerPid, 'issued')
        log.info('membership-delivered', { member: issuance.holder })
        return { kind: 'done' }
      }
      log.warn('delivery-failed', { member: issuance.holder, status })
      return outcomeOf(status, () => store.finishIssuance(issuerPid, 'rejected'))
    },
  }
}

async function outcomeOf(status: number, giveUp: () => Promise<void>): Promise<JobOutcome> {
  const error = status === 0 ? 'holder unreachable' : `holder answered ${status}`
  if (status === 0 || status >= 500 || passing.has(status)) return { kind: 'retry', error }
  await giveUp()
  return { kind: 'dead', error }
}

/** HTTP status of the holder's answer; 0 when it did not answer. */
async function deliver(issuance: Issuance, { identity, http, mint }: DeliveryDeps): Promise<number> {
  const { holder, holderPid, issuerPid, token, echo } = issuance
  const message = {
    '@context': [DCP_CONTEXT],
    type: 'CredentialMessage',
    issuerPid,
    holderPid,
    status: 'ISSUED',
    credentials: [{ credentialType: membershipType, payload: token, format: 'vc11-sl2021/jwt' }],
  }
  try {
    const url = `${await identity.service(holder, 'CredentialService')}/credentials`
    const bearer = await mint({ audience: holder, ...(echo === undefined ? {} : { accessToken: echo }) })
    const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
    const answer = await http.request({ method: 'POST', url, headers, body: JSON.stringify(message) })
    return answer.status
  } catch (error) {
    if (error instanceof HttpFailure || error instanceof Refused) return 0
    throw error
  }
}
