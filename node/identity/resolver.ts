import { DidDocument } from '../../schemas/identity.ts'
import type { Did } from '../../schemas/ids.ts'
import { readStrictJson } from '../../protocol/canonical/strict-json.ts'
import { type HostPolicy, didWebUrl } from '../../protocol/identity/did-web.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import { type HttpClient, HttpFailure } from '../ports/http-client.ts'
import { BoundedCache } from './bounded-cache.ts'

const cacheMs = 120_000
const failureCacheMs = 10_000
const refetchEveryMs = 30_000
const maxDocuments = 2_000
const maxBytes = 65_536
const timeoutMs = 3_000

interface Known {
  /** The last document that was had, and when. */
  readonly document?: DidDocument
  readonly fetchedAt: number
  /** When fetching failed after that. */
  readonly failedAt: number
}

const unknown: Known = { fetchedAt: -Infinity, failedAt: -Infinity }

export interface ResolveOptions {
  /** Skips the cache. */
  readonly fresh?: boolean
  /** Takes a document up to this old (ms) when the host does not answer. Default 0. */
  readonly staleMs?: number
}

export interface DidResolver {
  /** Throws Refused `peer-unreachable`. */
  resolve(did: Did, options?: ResolveOptions): Promise<DidDocument>
  /** The document in which the key `kid` should be: fetched once more, at most every 30 s, when the known one lacks it. */
  resolveForKey(did: Did, kid: string | undefined, options?: { staleMs?: number }): Promise<DidDocument>
}

interface ResolverDeps {
  readonly did: Did
  readonly own: () => Promise<DidDocument>
  readonly http: HttpClient
  readonly clock: Clock
  readonly hosts: HostPolicy
}

/** Resolves did:web, with one request at a time per DID. This node's own document is `own`, never fetched. */
export function createDidResolver(deps: ResolverDeps): DidResolver {
  const { did: ownDid, own, clock } = deps
  const cache = createDocumentCache(deps)
  const refetched = new BoundedCache<Did, number>(maxDocuments)
  const resolve: DidResolver['resolve'] = async (did, { fresh = false, staleMs = 0 } = {}) => {
    if (did === ownDid) return own()
    const { document, fetchedAt, failedAt } = cache.known(did)
    const age = clock.now() - fetchedAt
    if (!fresh && document !== undefined && age < cacheMs) return document
    const stale = document !== undefined && age < staleMs ? document : undefined
    if (!fresh && clock.now() - failedAt < failureCacheMs) return stale ?? unreachable()
    if (stale === undefined) return cache.fetch(did)
    return cache.fetch(did).catch(() => stale)
  }
  return {
    resolve,
    resolveForKey: async (did, kid, options) => {
      const document = await resolve(did, options)
      if (kid === undefined || did === ownDid || hasKey(document, kid)) return document
      const now = clock.now()
      if (now - (refetched.get(did) ?? -Infinity) < refetchEveryMs) return document
      refetched.set(did, now)
      return cache.fetch(did)
    },
  }
}

function createDocumentCache(deps: ResolverDeps) {
  const { clock } = deps
  const entries = new BoundedCache<Did, Known>(maxDocuments)
  const running = new Map<Did, Promise<DidDocument>>()
  const known = (did: Did) => entries.get(did) ?? unknown
  const load = async (did: Did): Promise<DidDocument> => {
    try {
      const document = await fetchDocument(did, deps)
      entries.set(did, { document, fetchedAt: clock.now(), failedAt: -Infinity })
      return document
    } catch (error) {
      entries.set(did, { ...known(did), failedAt: clock.now() })
      throw error
    } finally {
      running.delete(did)
    }
  }
  return {
    known,
    fetch: (did: Did): Promise<DidDocument> => {
      const current = running.get(did) ?? load(did)
      running.set(did, current)
      return current
    },
  }
}

function hasKey(document: DidDocument, kid: string): boolean {
  const methods = [
    ...(document.verificationMethod ?? []),
    ...(document.capabilityInvocation ?? []),
    ...(document.authentication ?? []),
    ...(document.assertionMethod ?? []),
  ]
  return methods.some((method) => {
    const id = typeof method === 'string' ? method : method.id
    return id === kid || document.id + id === kid
  })
}

function unreachable(): never {
  refuse(
    'peer-unreachable',
    'the DID document of the peer cannot be had',
    'Check that the peer runs and that its address is right.',
  )
}

async function fetchDocument(did: Did, { http, hosts }: { http: HttpClient; hosts: HostPolicy }): Promise<DidDocument> {
  const url = didWebUrl(did, hosts)
  if (!url.ok) {
    return refuse(
      'peer-unreachable',
      `the identifier of the peer is not accepted (${url.code})`,
      `It is ${url.detail}.`,
    )
  }
  const answer = await http
    .request({
      method: 'GET',
      url: url.value,
      headers: { accept: 'application/did+json, application/json' },
      maxBytes,
      timeoutMs,
    })
    .catch((error: unknown) => {
      if (error instanceof HttpFailure) return undefined
      throw error
    })
  if (answer?.status !== 200 || !/[/+]json\b/.test(answer.headers['content-type'] ?? '')) unreachable()
  const document = DidDocument.safeParse(readStrictJson(answer.body)).data
  if (document?.id !== did) unreachable()
  return document
}
