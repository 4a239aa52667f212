import { Did } from '../../schemas/ids.ts'

/**
 * The did:web identifier of a node whose public address is `publicUrl` (did:web method, §"Method-specific identifier"):
 * host, port as `%3A`, path segments joined by colons.
 */
export function didOfUrl(publicUrl: string): Did {
  const url = new URL(publicUrl)
  const port = url.port === '' ? '' : `%3A${url.port}`
  const path = url.pathname.split('/').filter((segment) => segment !== '')
  return Did.parse(['did:web', `${url.hostname}${port}`, ...path].join(':'))
}
