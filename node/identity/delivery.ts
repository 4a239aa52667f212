import type { CredentialContainer, CredentialMessage } from '../../schemas/identity.ts'
import { sha256Hex, utf8 } from '../../protocol/canonical/hash.ts'
import { type CredentialContext, describeCredential, verifyCredential } from '../../protocol/identity/credential.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { JobDraft } from '../ports/queue.ts'
import type { Bearer, Wallet } from './operations.ts'
import { renewalJob } from './renewal.ts'
import type { CredentialRequest, HeldCredential } from './store.ts'
import type { WalletDeps } from './wallet.ts'

interface DeliveryDeps extends WalletDeps {
  readonly arrivals: Map<string, () => void>
}

/**
 * Takes delivery of what this node asked for, and of nothing else: the deliverer is the issuer that was asked, the request is
 * open, every credential verifies, is of the requested type and form, issued by the deliverer, about this node. One bad
 * credential refuses the whole message.
 */
export function createDelivery(deps: DeliveryDeps): Wallet['deliver'] {
  const { store, clock, log, arrivals } = deps
  return async (issuer, message) => {
    const request = await store.request(message.holderPid)
    if (request === undefined || request.issuer !== issuer.did) {
      return refuse('not-found', 'there is no such credential request', 'Deliver under the holderPid of the request.')
    }
    if (message.status === 'REJECTED') {
      if (!(await store.rejectRequest(request.holderPid))) return refuseClosed()
      log.warn('credential-rejected', { issuer: issuer.did, type: request.type })
      arrivals.get(request.holderPid)?.()
      return undefined
    }
    if (message.credentials.length === 0) return undefined
    const credentials = await verifyDelivered(message, { issuer, request, deps })
    const outcome = await store.acceptDelivery({
      holderPid: request.holderPid,
      digest: digestOf(message),
      credentials,
      effects: { jobs: credentials.map((held): JobDraft => renewalJob(held, clock.now())) },
      now: clock.now(),
    })
    if (outcome === 'conflict') return refuseClosed()
    if (outcome === 'stored') log.info('credential-stored', { issuer: issuer.did, type: request.type })
    arrivals.get(request.holderPid)?.()
    return undefined
  }
}

function refuseClosed(): never {
  refuse('conflict', 'the credential request is closed', 'The holder has to make a new request.')
}

function digestOf(message: Extract<CredentialMessage, { status: 'ISSUED' }>): string {
  return sha256Hex(utf8(JSON.stringify(message.credentials.map(({ payload }) => payload))))
}

async function verifyDelivered(
  message: Extract<CredentialMessage, { status: 'ISSUED' }>,
  { issuer, request, deps }: { issuer: Bearer; request: CredentialRequest; deps: DeliveryDeps },
): Promise<HeldCredential[]> {
  const { did, checks, random } = deps
  const context = checks.contextForIssuer({ holder: did, requested: [request.type], issuer: issuer.did })
  const held: HeldCredential[] = []
  for (const container of message.credentials) {
    const times = await verifyContainer(container, { request, context, deps })
    held.push({ id: random.uuid(), type: request.type, issuer: issuer.did, token: container.payload, ...times })
  }
  return held
}

async function verifyContainer(
  container: CredentialContainer,
  { request, context, deps }: { request: CredentialRequest; context: CredentialContext; deps: DeliveryDeps },
): Promise<{ validFrom: number; validUntil: number }> {
  const described = describeCredential(container.payload)
  if (container.format !== request.format || described?.profile !== request.format) {
    return refuse('invalid-request', 'a credential does not have the requested form', `Deliver ${request.format}.`)
  }
  const verified = await verifyCredential(container.payload, context)
  const code = verified.ok ? undefined : verified.code
  if (!verified.ok || verified.value.credentials.length === 0) {
    deps.log.warn('delivery-refused', { issuer: request.issuer, code: code ?? 'vc.type' })
    if (code === 'vc.status_unavailable') {
      refuse('unavailable', 'the status list of a credential cannot be had now', 'Deliver it again in a minute.')
    }
    return refuse(
      'invalid-request',
      `a credential was not accepted (${code ?? 'vc.type'})`,
      'Deliver what was requested, signed by the issuer, about this node.',
    )
  }
  return { validFrom: described.from, validUntil: described.until }
}
