import type { Did } from '../../schemas/ids.ts'
import { type Checked, failed, passed } from '../../protocol/identity/checked.ts'
import type { FetchedStatusList } from '../../protocol/identity/credential.ts'
import { readJws } from '../../protocol/identity/jws.ts'
import { type StatusFault, type StatusList, verifyStatusList } from '../../protocol/identity/status-list.ts'
import type { Clock } from '../ports/clock.ts'
import type { Gzip } from '../ports/gzip.ts'
import { type HttpClient, HttpFailure } from '../ports/http-client.ts'
import { BoundedCache } from './bounded-cache.ts'
import type { DidResolver } from './resolver.ts'

const cacheMs = 60_000
const maxStaleMs = 900_000
const maxLists = 500
const maxBytes = 524_288
const timeoutMs = 3_000

interface Cached {
  readonly list: StatusList
  readonly fetchedAt: number
}

export interface StatusLists {
  /** The list at `url`, signed by `issuer`; at most 60 s old, or 15 min while its host does not answer. */
  get(url: string, issuer: Did): Promise<Checked<FetchedStatusList, StatusFault>>
}

interface StatusListDeps {
  readonly http: HttpClient
  readonly clock: Clock
  readonly gzip: Gzip
  readonly resolver: DidResolver
  /** The list that this node itself publishes at a URL. */
  readonly own: (url: string) => Promise<string | undefined>
}

export function createStatusLists(deps: StatusListDeps): StatusLists {
  const { clock } = deps
  const cache = new BoundedCache<string, Cached>(maxLists)
  return {
    get: async (url, issuer) => {
      const key = `${issuer}\0${url}`
      const now = clock.now()
      const cached = cache.get(key)
      const usable = cached !== undefined && cached.list.validUntil > now ? cached : undefined
      if (usable !== undefined && now - usable.fetchedAt < cacheMs) return passed(answerOf(usable))
      const text = await fetchText(url, deps)
      if (text === undefined) {
        const stale = usable !== undefined && now - usable.fetchedAt < maxStaleMs
        return stale
          ? passed({ list: usable.list, freshUntil: now })
          : failed('vc.status_unavailable', 'the status list cannot be had')
      }
      const verified = await verifyText(text, { url, issuer, deps })
      if (!verified.ok) return verified
      const entry = { list: verified.value, fetchedAt: now }
      cache.set(key, entry)
      return passed(answerOf(entry))
    },
  }
}

async function fetchText(url: string, { http, own }: StatusListDeps): Promise<string | undefined> {
  const mine = await own(url)
  if (mine !== undefined) return mine
  const headers = { accept: 'application/vc+jwt' }
  const answer = await http.request({ method: 'GET', url, headers, maxBytes, timeoutMs }).catch((error: unknown) => {
    if (error instanceof HttpFailure) return undefined
    throw error
  })
  return answer?.status === 200 ? new TextDecoder().decode(answer.body).trim() : undefined
}

async function verifyText(
  text: string,
  { url, issuer, deps }: { url: string; issuer: Did; deps: StatusListDeps },
): Promise<Checked<StatusList, StatusFault>> {
  const { resolver, clock, gzip } = deps
  const jws = readJws(text, maxBytes)
  const kid = jws.ok ? jws.value.kid : undefined
  const document = await resolver.resolveForKey(issuer, kid).catch(() => undefined)
  if (document === undefined) return failed('vc.status_unavailable', 'the issuer of the list cannot be resolved')
  const gunzip = (bytes: Uint8Array, maxLength: number) => gzip.inflate(bytes, maxLength)
  return verifyStatusList(text, { url, issuer, document, now: clock.now(), gunzip })
}

function answerOf({ list, fetchedAt }: Cached): FetchedStatusList {
  return { list, freshUntil: Math.min(fetchedAt + cacheMs, list.validUntil) }
}
