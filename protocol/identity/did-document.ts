import { type JWK, calculateJwkThumbprint } from 'jose'
import type { Did } from '../../schemas/ids.ts'
import type { DidDocument, ServiceType } from '../../schemas/identity.ts'
import { DCP_CONTEXT } from '../../schemas/identity.ts'

/** A service that a node offers, by the URL that peers call. */
export interface OfferedService {
  readonly type: ServiceType
  readonly url: string
  /** Verifier key of the log (c2sp.org/signed-note), with LedgerService. */
  readonly vkey?: string
}

/** Id of the verification method of a key: the DID and the key's JWK thumbprint (RFC 7638) as fragment. */
export async function keyIdOf(did: Did, jwk: JWK): Promise<string> {
  return `${did}#${await calculateJwkThumbprint(jwk)}`
}

/**
 * DID document of a node. The identity key may act as the node, present and issue; the statement key is listed without any
 * relationship: it signs DSSE statements, and never a token, presentation or credential.
 */
export async function buildDidDocument(options: {
  readonly did: Did
  readonly identityKey: JWK
  readonly statementKey: JWK
  readonly services: readonly OfferedService[]
}): Promise<DidDocument> {
  const { did, identityKey, statementKey, services } = options
  const method = async (jwk: JWK) => {
    const id = await keyIdOf(did, jwk)
    return { id, type: 'JsonWebKey2020', controller: did, publicKeyJwk: { ...jwk, kid: id } }
  }
  const [identity, statement] = [await method(identityKey), await method(statementKey)]
  return {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/suites/jws-2020/v1', DCP_CONTEXT],
    id: did,
    verificationMethod: [identity, statement],
    authentication: [identity.id],
    assertionMethod: [identity.id],
    capabilityInvocation: [identity.id],
    service: services.map(({ type, url, ...more }) => ({
      id: `${did}#${kebab(type)}`,
      type,
      serviceEndpoint: url,
      ...more,
    })),
  }
}

function kebab(type: string): string {
  return type.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase()
}

/** URL of the first service of a type, without trailing slash; undefined when the document names none. */
export function serviceUrl(document: DidDocument, type: ServiceType): string | undefined {
  for (const entry of document.service ?? []) {
    const types = Array.isArray(entry.type) ? entry.type : [entry.type]
    if (!types.includes(type) || typeof entry.serviceEndpoint !== 'string') continue
    if (URL.canParse(entry.serviceEndpoint)) return entry.serviceEndpoint.replace(/\/+$/, '')
  }
  return undefined
}
