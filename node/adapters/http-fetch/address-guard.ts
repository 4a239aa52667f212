import { type LookupAddress, lookup } from 'node:dns'
import { BlockList, type LookupFunction, isIP } from 'node:net'
import { HttpFailure } from '../../ports/http-client.ts'

export interface GuardOptions {
  /** Plain HTTP to localhost and names below it. */
  readonly developmentLocalhost: boolean
  /** Names that may resolve to private addresses. */
  readonly privateHosts: readonly string[]
}

const blocked = new BlockList()
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  blocked.addSubnet(address, prefix, 'ipv4')
}
for (const [address, prefix] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  blocked.addSubnet(address, prefix, 'ipv6')
}

/** Whether an address is private, loopback, link-local, multicast or otherwise not a public host's. */
export function isBlockedAddress(address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

/** Resolves like dns.lookup and fails when any of the addresses is blocked, so that a mixed answer helps no attacker. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, '')
    const [first] = addresses
    if (first === undefined || addresses.some(({ address }) => isBlockedAddress(address))) {
      return callback(Object.assign(new Error('the address is not a public one'), { code: 'EBLOCKED' }), '')
    }
    if (options.all === true) return callback(null, addresses)
    return callback(null, first.address, first.family)
  })
}

/** A URL that may be connected to, and the lookup that its connection must use (undefined: the system's). */
export interface VettedUrl {
  readonly url: URL
  readonly lookup: LookupFunction | undefined
}

const isLocalhost = (host: string) => host === 'localhost' || host.endsWith('.localhost')

/** Decides by the URL alone; the lookup decides by the addresses at connect. Throws HttpFailure with `blocked`. */
export function vetUrl(text: string, { developmentLocalhost, privateHosts }: GuardOptions): VettedUrl {
  const url = parseUrl(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const development = developmentLocalhost && isLocalhost(host)
  if (url.username !== '' || url.password !== '') throw refused('carries a user name or password')
  if (isIP(host) !== 0) throw refused('names an IP address instead of a host')
  if (url.protocol !== 'https:' && !(development && url.protocol === 'http:')) throw refused('is not an https address')
  if (isLocalhost(host) && !development) throw refused('names this machine itself')
  return { url, lookup: development || privateHosts.includes(host) ? undefined : guardedLookup }
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw refused('is not an absolute URL')
  return new URL(text)
}

function refused(reason: string): HttpFailure {
  return new HttpFailure(`the address ${reason}`, { blocked: true })
}
