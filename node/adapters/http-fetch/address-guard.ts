import { type LookupAddress, lookup } from 'node:dns'
import { lookup as resolveAll } from 'node:dns/promises'
import { BlockList, type LookupFunction, isIP } from 'node:net'
import { type HostPolicy, hostFault, isLocalhost } from '../../../protocol/identity/did-web.ts'
import { HttpFailure } from '../../ports/http-client.ts'

const blocked4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]
const blocked6: readonly (readonly [string, number])[] = [
  ['::', 127],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
]

/** Addresses of the IANA special-purpose registries; IPv4-mapped IPv6 addresses are checked against the IPv4 part. */
const notPublic = new BlockList()
for (const [network, prefix] of blocked4) notPublic.addSubnet(network, prefix, 'ipv4')
for (const [network, prefix] of blocked6) notPublic.addSubnet(network, prefix, 'ipv6')

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/** Whether an address lies outside the public internet. */
export function isPrivateAddress(address: string): boolean {
  return notPublic.check(address, family(address))
}

export function isLoopbackAddress(address: string): boolean {
  return loopback.check(address, family(address))
}

/** How a host may be reached: anywhere public, on this machine only, or wherever it resolves. */
export type Reach = 'public' | 'loopback' | 'private'

export function reachOf(host: string, policy: HostPolicy): Reach {
  if (isLocalhost(host)) return 'loopback'
  return policy.privateHosts.has(host) ? 'private' : 'public'
}

function permits(reach: Reach, address: string): boolean {
  if (reach === 'private') return true
  return reach === 'loopback' ? isLoopbackAddress(address) : !isPrivateAddress(address)
}

/**
 * A URL that may be contacted, or HttpFailure (blocked): https with a fully qualified name; no credentials, no address in any
 * notation, no privileged port but 443; http for localhost under the development switch alone.
 */
export function permittedUrl(text: string, policy: HostPolicy): URL {
  const refused = (why: string) => new HttpFailure(`address refused: ${why}`, { blocked: true })
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw refused('not a URL')
  }
  const host = url.hostname
  if (url.username !== '' || url.password !== '') throw refused('credentials in the URL')
  if (isIP(host.replace(/^\[|\]$/g, '')) !== 0) throw refused('an IP address')
  const fault = hostFault(host, policy)
  if (fault !== undefined) throw refused(fault)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocalhost(host))) throw refused('not https')
  const port = url.port === '' ? 443 : Number(url.port)
  if (url.protocol === 'https:' && port !== 443 && port < 1024) throw refused('a privileged port')
  return url
}

function refusedAddresses(addresses: readonly LookupAddress[], reach: Reach): HttpFailure | undefined {
  if (addresses.length > 0 && addresses.every(({ address }) => permits(reach, address))) return undefined
  return new HttpFailure('the host name resolves to an address that is not permitted', { blocked: true })
}

/** The addresses of a host, all of them permitted; one that is not refuses the host. */
export async function resolvePermitted(host: string, reach: Reach): Promise<LookupAddress[]> {
  const addresses = await resolveAll(host, { all: true }).catch((cause: unknown) => {
    throw new HttpFailure('the host name does not resolve', { cause })
  })
  const refused = refusedAddresses(addresses, reach)
  if (refused !== undefined) throw refused
  return addresses
}

/** Name resolution for a socket: what is checked is what is connected to. */
export function guardedLookup(reach: Reach): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      const refused = error ?? refusedAddresses(addresses, reach)
      const [first] = addresses ?? []
      if (refused !== undefined || first === undefined) callback(refused ?? null, '', 0)
      else if (options.all === true) callback(null, addresses)
      else callback(null, first.address, first.family)
    })
  }
}
