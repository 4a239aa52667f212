import type { DataAddress } from '../../schemas/transfer.ts'

const HTTP_ENDPOINT = 'https://w3id.org/idsa/v4.1/HTTP'
const EDC = 'https://w3id.org/edc/v0.0.1/ns/'

/**
 * Data address of a pull in the double form that the specification, its test kit and EDC read: `endpoint` at the top and as
 * property, each property under its plain name and under EDC's. `token` is a bearer token without the word.
 */
export function pullAddress(endpoint: string, token: string): DataAddress {
  const facts = { endpoint, authorization: token, authType: 'bearer' }
  const properties = [
    ...Object.entries(facts),
    ...Object.entries({ ...facts, endpointType: HTTP_ENDPOINT }).map(([name, value]) => [EDC + name, value] as const),
  ]
  return {
    '@type': 'DataAddress',
    endpointType: HTTP_ENDPOINT,
    endpoint,
    endpointProperties: properties.map(([name, value]) => ({ '@type': 'EndpointProperty', name, value })),
  }
}

/** Words of visible characters: a line break would let the provider write requests of its own in the consumer's name. */
const HEADER_VALUE = /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/

/**
 * Endpoint (without trailing slash) and complete Authorization value of a data address, in whichever of the known forms the
 * provider wrote it. Undefined when either is missing, the endpoint is no HTTP URL, or the token no header value (RFC 9110 §11.4).
 */
export function readPullAddress(address: DataAddress): { endpoint: string; authorization: string } | undefined {
  const property = (name: string) =>
    address.endpointProperties?.find((p) => p.name === name)?.value ??
    address.endpointProperties?.find((p) => p.name.endsWith(`/ns/${name}`))?.value
  const endpoint = (address.endpoint ?? property('endpoint'))?.replace(/\/+$/, '')
  const token = property('authorization')
  if (endpoint === undefined || !/^https?:\/\//.test(endpoint)) return undefined
  if (token === undefined || !HEADER_VALUE.test(token)) return undefined
  const bearer = (property('authType') ?? 'bearer').toLowerCase() === 'bearer'
  return { endpoint, authorization: bearer && !/^bearer /i.test(token) ? `Bearer ${token}` : token }
}
