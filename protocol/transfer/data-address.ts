import type { DataAddress } from '../../schemas/transfer.ts'

const HTTP_ENDPOINT = 'https://w3id.org/idsa/v4.1/HTTP'
const EDC = 'https://w3id.org/edc/v0.0.1/ns/'

/**
 * Data address of a pull in the double form that the specification, its test kit and EDC read: `endpoint` at the top and as
 * property, each property under its plain name and under EDC's. `token` is a bearer token without the word.
 */
export function pullAddress(endpoint: string, token: string): DataAddress {
  const facts = { endpoint, authorization: token, authType: 'bearer' }
  return {
    '@type': 'DataAddress',
    endpointType: HTTP_ENDPOINT,
    endpoint,
    endpointProperties: [...properties(facts), ...properties({ ...facts, endpointType: HTTP_ENDPOINT }, EDC)],
  }
}

/** Data address of a push: each fact under its plain name and under EDC's. `type` is the word of EDC for the kind of storage. */
export function pushAddress(
  type: 'HttpData' | 'AmazonS3',
  facts: Readonly<Record<string, string>>,
  endpoint?: string,
): DataAddress {
  return {
    '@type': 'DataAddress',
    endpointType: type,
    ...(endpoint === undefined ? {} : { endpoint }),
    endpointProperties: [...properties(facts), ...properties({ ...facts, type }, EDC)],
  }
}

function properties(facts: Readonly<Record<string, string>>, namespace = '') {
  const named = (name: string) => (name.startsWith('urn:') ? name : namespace + name)
  return Object.entries(facts).map(([name, value]) => ({
    '@type': 'EndpointProperty' as const,
    name: named(name),
    value,
  }))
}

/**
 * Reads a property by its plain name: written so, under an IRI that ends in `/ns/` and the name, or with the prefix `edc:`, which
 * compacted JSON-LD has. The plain one counts first.
 */
export function addressProperty(address: DataAddress, name: string): string | undefined {
  const all = address.endpointProperties ?? []
  const named = (matches: (candidate: string) => boolean) => all.find((each) => matches(each.name))?.value
  return (
    named((candidate) => candidate === name) ??
    named((candidate) => candidate.endsWith(`/ns/${name}`)) ??
    named((candidate) => candidate === `edc:${name}`)
  )
}

/** Words of visible characters: a line break would let the provider write requests of its own in the consumer's name. */
const HEADER_VALUE = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/**
 * Endpoint (without trailing slash) and complete Authorization value of a data address, in whichever of the known forms the
 * provider wrote it: `endpoint` at the top or as property, or EDC's `baseUrl`; `authorization` with `authType`, or the `authKey`
 * and `authCode` of older EDC. Undefined when either is missing, the endpoint is no HTTP URL, or the token no header value
 * (RFC 9110 §11.4).
 */
export function readPullAddress(address: DataAddress): { endpoint: string; authorization: string } | undefined {
  const endpoint = readEndpoint(address)?.replace(/\/+$/, '')
  const authorization = readAuthorization(address)
  if (endpoint === undefined || !/^https?:\/\//.test(endpoint)) return undefined
  if (authorization?.name !== 'authorization' || !HEADER_VALUE.test(authorization.value)) return undefined
  return { endpoint, authorization: authorization.value }
}

/** Endpoint of a data address in any of its forms, as it is written there. */
export function readEndpoint(address: DataAddress): string | undefined {
  return address.endpoint ?? addressProperty(address, 'endpoint') ?? addressProperty(address, 'baseUrl')
}

/**
 * The header that a data address wants to see, its name in lower case. `authorization` is a bearer token unless `authType` says
 * otherwise or it has a scheme in front; `authCode` is the value of the header `authKey` as it is.
 */
export function readAuthorization(address: DataAddress): { name: string; value: string } | undefined {
  const token = addressProperty(address, 'authorization')
  if (token !== undefined) {
    const type = (addressProperty(address, 'authType') ?? 'bearer').toLowerCase()
    const bare = type === 'bearer' && !/^[A-Za-z]+ ./.test(token)
    return { name: 'authorization', value: bare ? `Bearer ${token}` : token }
  }
  const code = addressProperty(address, 'authCode')
  if (code === undefined) return undefined
  return { name: (addressProperty(address, 'authKey') ?? 'authorization').toLowerCase(), value: code }
}
