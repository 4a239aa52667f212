import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { HostPolicy } from '../../../protocol/identity/did-web.ts'
import { guardedLookup, type Reach, reachOf } from './address-guard.ts'

export interface GuardSettings {
  readonly developmentLocalhost: boolean
  readonly privateHosts: readonly string[]
}

export function policyOf({ developmentLocalhost, privateHosts }: GuardSettings): HostPolicy {
  return { devHttp: developmentLocalhost, privateHosts: new Set(privateHosts) }
}

/**
 * The agent for a permitted URL. Connections are kept alive, one pool per reach, so that a socket opened under one rule is never
 * used under another.
 */
export function createGuardedAgents(
  policy: HostPolicy,
  limits: { readonly maxSockets: number; readonly maxFreeSockets: number },
): (url: URL) => HttpAgent | HttpsAgent {
  const options = { keepAlive: true, timeout: 30_000, ...limits }
  const secure: Readonly<Record<Reach, HttpsAgent>> = {
    public: new HttpsAgent({ ...options, lookup: guardedLookup('public') }),
    private: new HttpsAgent({ ...options, lookup: guardedLookup('private') }),
    loopback: new HttpsAgent({ ...options, lookup: guardedLookup('loopback') }),
  }
  const plain = new HttpAgent({ ...options, lookup: guardedLookup('loopback') })
  return (url) => (url.protocol === 'https:' ? secure[reachOf(url.hostname, policy)] : plain)
}
