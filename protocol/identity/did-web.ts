import { Did } from '../../schemas/ids.ts'
import { type Checked, failed, passed } from './checked.ts'

/** Which hosts are reached otherwise than over https at a public address. */
export interface HostPolicy {
  /** Development switch: `localhost` and `*.localhost` over plain http. */
  readonly devHttp: boolean
  /** Hosts inside the operator's own network: https at private addresses, single-label names allowed. */
  readonly privateHosts: ReadonlySet<string>
}

export type DidWebFault = 'did.syntax' | 'did.port' | 'did.path' | 'did.host'

const syntax = /^did:web:([A-Za-z0-9.%_-]+(?::[A-Za-z0-9._-]+)*)$/
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const publicName = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
const privateName = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$`)
const portNumber = /^[1-9]\d{0,4}$/

/** `localhost` and names below it (RFC 6761 §6.3). */
export function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost')
}

/**
 * URL of the DID document (did:web §3.2), hardened: the port only as `%3A`, upper case; no other escapes; no address in any
 * notation; no `.` or `..` segment; https, but for localhost under the development switch.
 */
export function didWebUrl(did: string, policy: HostPolicy): Checked<string, DidWebFault> {
  const specific = did.length <= 512 ? syntax.exec(did)?.[1] : undefined
  if (specific === undefined) return failed('did.syntax', 'not a did:web identifier')
  const [authority = '', ...path] = specific.split(':')
  const [host = '', port, extra] = authority.split('%3A')
  if (host.includes('%') || extra !== undefined) return failed('did.port', 'an escape other than one %3A')
  if (port !== undefined && (!portNumber.test(port) || Number(port) > 65_535)) return failed('did.port', 'no such port')
  if (path.some((segment) => segment === '.' || segment === '..')) return failed('did.path', 'a dot segment')
  const refused = hostFault(host, policy)
  if (refused !== undefined) return failed('did.host', refused)
  const scheme = isLocalhost(host) ? 'http' : 'https'
  const folder = path.length === 0 ? '.well-known' : path.join('/')
  return passed(`${scheme}://${host}${port === undefined ? '' : `:${port}`}/${folder}/did.json`)
}

/** Why a host may not be contacted under `policy`; undefined when it may. */
export function hostFault(host: string, policy: HostPolicy): string | undefined {
  if (isLocalhost(host)) return policy.devHttp ? undefined : 'localhost is accepted under the development switch only'
  if (policy.privateHosts.has(host)) return privateName.test(host) ? undefined : 'not a host name'
  return publicName.test(host) ? undefined : 'not a fully qualified host name'
}

/**
 * The did:web identifier whose document lies below `publicUrl` (origin and optional path, no query).
 * Fails where no such identifier could be resolved under `policy`.
 */
export function didWebOf(publicUrl: string, policy: HostPolicy): Checked<Did, DidWebFault> {
  let url: URL
  try {
    url = new URL(publicUrl)
  } catch {
    return failed('did.syntax', 'not a URL')
  }
  const path = url.pathname.split('/').filter((segment) => segment !== '')
  const did = Did.safeParse(['did:web', url.hostname + (url.port === '' ? '' : `%3A${url.port}`), ...path].join(':'))
  if (!did.success || url.search !== '' || url.hash !== '') return failed('did.syntax', 'not expressible as did:web')
  const resolved = didWebUrl(did.data, policy)
  if (!resolved.ok) return resolved
  const expected = new URL(resolved.value)
  if (expected.protocol !== url.protocol) return failed('did.host', `peers would reach it over ${expected.protocol}`)
  return passed(did.data)
}
