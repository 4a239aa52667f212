import { describe, expect, it } from 'vitest'
import { pullAddress, readPullAddress } from './data-address.ts'

const endpoint = 'https://provider.example/data/urn:uuid:1'

describe('data address of a pull', () => {
  it('is read back as it was written', () => {
    expect(readPullAddress(pullAddress(`${endpoint}/`, 'abc'))).toEqual({ endpoint, authorization: 'Bearer abc' })
  })

  it('is refused when its token would write more into the request than one header value', () => {
    for (const token of ['a\r\nx: y', 'a\nb', 'a\0', 'a\tb', ' a', 'a ', 'ключ', '']) {
      expect(readPullAddress(pullAddress(endpoint, token))).toBeUndefined()
    }
  })

  const EDC = 'https://w3id.org/edc/v0.0.1/ns/'
  const forms: [string, Record<string, string>][] = [
    ['plain names', { endpoint, authorization: 'abc', authType: 'bearer' }],
    ["EDC's names", { [`${EDC}endpoint`]: endpoint, [`${EDC}authorization`]: 'abc', [`${EDC}authType`]: 'bearer' }],
    ['prefixed names', { 'edc:endpoint': endpoint, 'edc:authorization': 'abc' }],
    ['the address of an HTTP storage', { [`${EDC}baseUrl`]: endpoint, [`${EDC}authCode`]: 'Bearer abc' }],
    ['a key and its code', { endpoint, authKey: 'Authorization', authCode: 'Bearer abc' }],
    ['a token that has its word', { endpoint, authorization: 'bearer abc' }],
  ]
  it.each(forms)('is read with %s', (_, facts) => {
    const endpointProperties = Object.entries(facts).map(([name, value]) => ({
      '@type': 'EndpointProperty' as const,
      name,
      value,
    }))
    const read = readPullAddress({ '@type': 'DataAddress', endpointType: 'HttpData', endpointProperties })
    expect(read).toEqual({ endpoint, authorization: expect.stringMatching(/^bearer abc$/i) })
  })

  it('is refused when it wants its token in another header, which a pull does not send', () => {
    const endpointProperties = Object.entries({ endpoint, authKey: 'X-Api-Key', authCode: 'k' }).map(
      ([name, value]) => ({
        '@type': 'EndpointProperty' as const,
        name,
        value,
      }),
    )
    expect(readPullAddress({ '@type': 'DataAddress', endpointType: 'HttpData', endpointProperties })).toBeUndefined()
  })
})
