import { ProtocolVersions } from '../../schemas/catalog.ts'
import { isDid, type ParticipantId } from '../../schemas/ids.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { withoutEmptyLists } from '../../protocol/dsp/empty-lists.ts'
import { leewayMs } from '../../protocol/identity/time.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import type { Identity } from '../identity/operations.ts'
import type { Clock } from '../ports/clock.ts'
import { type HttpClient, HttpFailure, type HttpRequest, type HttpResponse } from '../ports/http-client.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { PartnerAnswer, PartnerRequest, Partners } from './operations.ts'

const VERSION = '2025-1'
const VERSION_DOCUMENT = '/.well-known/dspace-version'
const ADDRESS_KEPT_MS = 5 * 60_000
const ADDRESSES_KEPT = 1000
const LONGEST_CATALOG = 16 * 1024 * 1024

export interface PartnersDeps {
  readonly identity: Identity
  readonly http: HttpClient
  readonly clock: Clock
  readonly log: Logger
  /** Public base URL of this node, without a trailing slash. */
  readonly publicUrl: string
}

/** Where partners are and how to speak to them: every request carries a token of ours for exactly this partner. */
export function createPartners(deps: PartnersDeps): Partners {
  const known = new Map<string, { address: string; until: number }>()
  return {
    address: `${deps.publicUrl}/dsp/${VERSION}`,
    addressOf: async (did) => {
      const configured = deps.identity.profileOf(did)?.address
      if (configured !== undefined) return configured
      const cached = known.get(did)
      if (cached !== undefined && cached.until > deps.clock.now()) return cached.address
      const address = await discover(deps, did)
      if (known.size >= ADDRESSES_KEPT) known.clear()
      known.set(did, { address, until: deps.clock.now() + ADDRESS_KEPT_MS })
      return address
    },
    callbackOf: async (did, callbackAddress) => {
      const address = callbackAddress.replace(/\/+$/, '')
      const origin = URL.canParse(address) ? new URL(address).origin : undefined
      for (const fresh of [false, true]) {
        if (origin !== undefined && (await serviceOrigins(deps.identity, did, fresh)).has(origin)) return address
      }
      return refuse(
        'invalid-request',
        'the callback address belongs to no service of the caller',
        'Use an address whose origin is that of a service endpoint in your DID document, or have it configured as an alias.',
      )
    },
    pauseFor: (did) => deps.identity.profileOf(did)?.pauseMs ?? 0,
    awaitsStart: (did) => deps.identity.profileOf(did)?.awaitsStart ?? false,
    send: (did, request) => send(deps, did, request),
  }
}

async function serviceOrigins(identity: Identity, did: ParticipantId, fresh: boolean): Promise<Set<string>> {
  const { address, callbackOrigins = [] } = identity.profileOf(did) ?? {}
  const origins = new Set(callbackOrigins)
  if (address !== undefined) origins.add(new URL(address).origin)
  if (!isDid(did)) return origins
  const document = await identity.resolve(did, { fresh })
  for (const { serviceEndpoint } of document.service ?? []) {
    if (typeof serviceEndpoint === 'string' && URL.canParse(serviceEndpoint)) {
      origins.add(new URL(serviceEndpoint).origin)
    }
  }
  return origins
}

async function discover({ identity, http }: PartnersDeps, did: ParticipantId): Promise<string> {
  const endpoint = await identity
    .service(did, 'DataService')
    .catch((error: unknown) =>
      error instanceof Refused && error.refusal.code === 'unsupported'
        ? identity.service(did, 'ProtocolEndpoint')
        : Promise.reject(error),
    )
  const root = endpoint
    .replace(/\/+$/, '')
    .replace(new RegExp(`${VERSION_DOCUMENT}$`), '')
    .replace(new RegExp(`/${VERSION}$`), '')
  const { status, body } = await reach(http, { method: 'GET', url: root + VERSION_DOCUMENT })
  const versions = ProtocolVersions.safeParse(jsonOf(body))
  const version = versions.data?.protocolVersions.find((v) => v.version === VERSION && v.binding === 'HTTPS')
  if (status !== 200 || version === undefined) {
    return refuse(
      'peer-unreachable',
      `${did} does not offer Dataspace Protocol ${VERSION}`,
      'Ask the partner for a node that speaks this version.',
    )
  }
  return (root + version.path).replace(/\/+$/, '')
}

async function send(
  { identity, http, clock, log }: PartnersDeps,
  did: ParticipantId,
  { url, message, maxBytes = LONGEST_CATALOG }: PartnerRequest,
): Promise<PartnerAnswer> {
  const authorization = await identity.authorizationFor(did)
  const headers = { accept: 'application/json', authorization }
  const answered = await reach(http, {
    url,
    maxBytes,
    acceptGzip: true,
    ...(message === undefined
      ? { method: 'GET', headers }
      : {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify(message),
        }),
  })
  const { status, body, headers: given } = answered
  const link = given['link']
  const page = given['content-type']?.toLowerCase().startsWith('text/html') ?? false
  const answer = { status, body: jsonOf(body), size: body.length, page, ...(link === undefined ? {} : { link }) }
  const clockAhead = clockDifference(given['date'], clock.now())
  if (clockAhead === undefined) return answer
  if (status === 401) log.warn('clocks-differ', { peer: did, aheadSeconds: clockAhead })
  return { ...answer, clockAhead }
}

async function reach(http: HttpClient, request: HttpRequest): Promise<HttpResponse> {
  try {
    return await http.request(request)
  } catch (cause) {
    if (!(cause instanceof HttpFailure)) throw cause
    throw new Refused(
      {
        code: 'peer-unreachable',
        detail: cause.blocked ? 'the address of the partner may not be used' : 'the partner does not answer',
        hint: 'Try again later; if it stays so, ask the partner whether its node runs.',
      },
      { cause },
    )
  }
}

/** Seconds between an HTTP date, which has no fractions, and now; undefined for what tokens bear. */
function clockDifference(date: string | undefined, now: number): number | undefined {
  const ahead = Date.parse(date ?? '') - now
  return Math.abs(ahead) > leewayMs + 1000 ? Math.round(ahead / 1000) : undefined
}

/** Undefined for a body that is empty or no JSON: the status then says all there is. */
function jsonOf(body: Uint8Array): unknown {
  return withoutEmptyLists(readStrictJson(body))
}
