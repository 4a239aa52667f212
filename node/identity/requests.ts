import { DCP_CONTEXT, IssuerMetadata } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { Problem, type ProblemCode } from '../../schemas/problem.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { refuse } from '../../protocol/refusal.ts'
import { HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http-client.ts'
import type { Holding, Wallet } from './operations.ts'
import type { HeldCredential } from './store.ts'
import type { WalletDeps } from './wallet.ts'

/** The one form of credential that this program asks for and presents. */
const format = 'vc11-sl2021/jwt'
const waitMs = 30_000
const maxBytes = 262_144

/** What an issuer may say about a refused request, in our own words. */
const refusals: ReadonlyMap<ProblemCode, readonly [detail: string, hint: string]> = new Map([
  [
    'invitation-invalid',
    [
      'the authority does not know this invitation, or it names another node',
      'Ask the authority for an invitation for this node.',
    ],
  ],
  ['invitation-expired', ['the invitation has expired', 'Ask the authority for a new one.']],
  [
    'invitation-used',
    ['the invitation has been used before', 'An invitation works once; ask the authority for a new one.'],
  ],
])

interface RequestDeps extends WalletDeps {
  /** Called with the holderPid when its delivery was stored or its request rejected. */
  readonly arrivals: Map<string, () => void>
}

/** Asks for a credential: metadata, request, then the delivery that the issuer makes (DCP 1.0 §6). */
export function createCredentialRequests(deps: RequestDeps): Wallet['obtain'] {
  const { store, random, clock, service, log } = deps
  return async ({ issuer, type, preAuthorizedCode }) => {
    const base = await service(issuer, 'IssuerService')
    const credentialId = await findCredential(base, { issuer, type, deps })
    const holderPid = `urn:uuid:${random.uuid()}`
    await store.openRequest({ holderPid, issuer, type, format, state: 'open', createdAt: clock.now() })
    const arrived = waitFor(holderPid, deps)
    try {
      await sendRequest(base, {
        issuer,
        holderPid,
        credentialId,
        deps,
        ...(preAuthorizedCode === undefined ? {} : { preAuthorizedCode }),
      })
      log.info('credential-requested', { issuer, type })
      await arrived.done
    } finally {
      arrived.cancel()
    }
    return outcomeOf(holderPid, { issuer, type, deps })
  }
}

/** Resolves when the delivery arrives, or after 30 s. */
function waitFor(holderPid: string, { arrivals, clock }: RequestDeps): { done: Promise<void>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = clock.after(waitMs, resolve)
  arrivals.set(holderPid, resolve)
  const cancel = () => {
    stop()
    arrivals.delete(holderPid)
  }
  return { done: promise, cancel }
}

async function outcomeOf(
  holderPid: string,
  { issuer, type, deps }: { issuer: Did; type: string; deps: RequestDeps },
): Promise<Holding> {
  const request = await deps.store.request(holderPid)
  if (request?.state === 'rejected') {
    refuse('membership-refused', 'the issuer rejected the request', 'Ask the issuer for the reason.')
  }
  const held: HeldCredential | undefined =
    request?.state === 'issued' ? await deps.store.newestCredential(type, issuer) : undefined
  if (held === undefined) {
    refuse(
      'unavailable',
      'the issuer accepted the request and has delivered nothing yet',
      'The node keeps what arrives later; look again in a minute.',
    )
  }
  return { type: held.type, issuer: held.issuer, validFrom: held.validFrom, validUntil: held.validUntil }
}

async function findCredential(
  base: string,
  { issuer, type, deps }: { issuer: Did; type: string; deps: RequestDeps },
): Promise<string> {
  const answer = await send(deps, { method: 'GET', url: `${base}/metadata`, headers: { accept: 'application/json' } })
  const metadata = answer.status === 200 ? IssuerMetadata.safeParse(readStrictJson(answer.body)).data : undefined
  const offered = metadata?.credentialsSupported.find(
    (candidate) => candidate.credentialType === type && candidate.profile === format,
  )
  if (metadata?.issuer !== issuer || offered === undefined) {
    refuse(
      'membership-refused',
      `the issuer does not give ${type} in the form ${format}`,
      'Check that the invitation is of the right space.',
    )
  }
  return offered.id
}

async function sendRequest(
  base: string,
  request: { issuer: Did; holderPid: string; credentialId: string; preAuthorizedCode?: string; deps: RequestDeps },
): Promise<void> {
  const { issuer, holderPid, credentialId, preAuthorizedCode, deps } = request
  const token = await deps.tokens.mint({
    audience: issuer,
    ...(preAuthorizedCode === undefined ? {} : { preAuthorizedCode }),
  })
  const message = {
    '@context': [DCP_CONTEXT],
    type: 'CredentialRequestMessage',
    holderPid,
    credentials: [{ id: credentialId }],
  }
  const answer = await send(deps, {
    method: 'POST',
    url: `${base}/credentials`,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(message),
  })
  if (answer.status === 201) return
  await deps.store.rejectRequest(holderPid)
  const code = Problem.safeParse(readStrictJson(answer.body)).data?.code
  const [detail, hint] = (code === undefined ? undefined : refusals.get(code)) ?? []
  if (code !== undefined && detail !== undefined && hint !== undefined) refuse(code, detail, hint)
  refuse(
    'membership-refused',
    `the issuer refused the request (${answer.status})`,
    'Ask the issuer whether this node is a member.',
  )
}

/** Statuses that say nothing about the request: the same one may be taken later. 401: the issuer could not look at this node. */
const passing = new Set([401, 408, 425, 429])

async function send({ http }: RequestDeps, request: HttpRequest): Promise<HttpResponse> {
  const answer = await http.request({ ...request, maxBytes }).catch((error: unknown) => {
    if (!(error instanceof HttpFailure)) throw error
    return refuse(
      'peer-unreachable',
      'the issuer does not answer',
      'Check that the authority runs and can be reached from here.',
    )
  })
  if (answer.status < 500 && !passing.has(answer.status)) return answer
  return refuse(
    'unavailable',
    `the issuer cannot answer now (${answer.status})`,
    'Try again in a minute; ask the authority when it stays so.',
  )
}
