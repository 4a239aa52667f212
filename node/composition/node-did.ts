import { didWebOf, isLocalhost } from '../../protocol/identity/did-web.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Settings } from '../../schemas/config.ts'
import type { Did } from '../../schemas/ids.ts'

const loopbackInterfaces = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * The identifier of a node, from its public address. Refuses an address that no peer could resolve, and the development switch
 * wherever it could open a node to others.
 */
export function nodeDid(settings: Settings): Did {
  const { publicUrl, publicHost, developmentLocalhost, privateHosts } = settings
  const did = didWebOf(publicUrl, { devHttp: developmentLocalhost, privateHosts: new Set(privateHosts) })
  if (!did.ok) {
    return refuse(
      'setting-invalid',
      `publicUrl cannot be the address of a node: ${did.detail}`,
      'Use https and a host name that peers can resolve; a name inside your own network has to be listed in privateHosts. To try things out on one machine, set developmentLocalhost and an http://localhost address.',
    )
  }
  if (!developmentLocalhost) return did.value
  if (!isLocalhost(new URL(publicUrl).hostname)) {
    return refuse(
      'setting-invalid',
      'developmentLocalhost is set for a node that is not on localhost',
      'Unset it, or use an http://localhost address.',
    )
  }
  if (!loopbackInterfaces.has(publicHost)) {
    return refuse(
      'setting-invalid',
      'developmentLocalhost is set and the public listener is not on loopback',
      'Unset it, or set publicHost to 127.0.0.1.',
    )
  }
  return did.value
}
