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
})
