import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { type HostPolicy, didWebOf, didWebUrl } from './did-web.ts'

const production: HostPolicy = { devHttp: false, privateHosts: new Set(['node-a']) }
const development: HostPolicy = { devHttp: true, privateHosts: new Set() }
const resolved = (did: string, policy = production) => {
  const url = didWebUrl(did, policy)
  return url.ok ? url.value : url.code
}

describe('did:web', () => {
  it.each([
    ['did:web:example.com', 'https://example.com/.well-known/did.json'],
    ['did:web:example.com%3A3000:user:alice', 'https://example.com:3000/user/alice/did.json'],
    ['did:web:node-a%3A7601', 'https://node-a:7601/.well-known/did.json'],
    ['did:web:xn--bcher-kva.example', 'https://xn--bcher-kva.example/.well-known/did.json'],
  ])('finds the document of %s at %s', (did, url) => {
    expect(resolved(did)).toBe(url)
  })

  it('reaches localhost over http, under the development switch alone', () => {
    expect(resolved('did:web:localhost%3A7601', development)).toBe('http://localhost:7601/.well-known/did.json')
    expect(resolved('did:web:a.localhost%3A7601', development)).toBe('http://a.localhost:7601/.well-known/did.json')
    expect(resolved('did:web:localhost%3A7601')).toBe('did.host')
    expect(resolved('did:web:a.localhost%3A7601')).toBe('did.host')
  })

  it('reads an unescaped port as a path, as the method says', () => {
    expect(resolved('did:web:localhost:7601', development)).toBe('http://localhost/7601/did.json')
  })

  it.each([
    ['did:web:localhost%3a7601', 'did.port'],
    ['did:web:2130706433', 'did.host'],
    ['did:web:0x7f000001', 'did.host'],
    ['did:web:127.0.0.1', 'did.host'],
    ['did:web:127.1', 'did.host'],
    ['did:web:%5B%3A%3A1%5D', 'did.port'],
    ['did:web:example.com:a%2Fb', 'did.syntax'],
    ['did:web:example.com:..:x', 'did.path'],
    ['did:web:example.com:.', 'did.path'],
    ['did:web:example.com::x', 'did.syntax'],
    ['did:web:user@example.com', 'did.syntax'],
    ['did:web:example.com?x', 'did.syntax'],
    ['did:web:example.com#x', 'did.syntax'],
    ['did:web:example.com\\x', 'did.syntax'],
    ['did:web:example.com\n', 'did.syntax'],
    ['did:web:Example.com', 'did.host'],
    ['did:web:example.com%3A0', 'did.port'],
    ['did:web:example.com%3A65536', 'did.port'],
    ['did:web:example.com%3A80%3A81', 'did.port'],
    ['did:web:example.com%3A', 'did.port'],
    ['did:web:intranet', 'did.host'],
    ['did:web:example.c0m1.1', 'did.host'],
    ['did:web:-example.com', 'did.host'],
    ['did:web:', 'did.syntax'],
    ['did:key:z6Mk', 'did.syntax'],
    [`did:web:${'a.'.repeat(300)}example`, 'did.syntax'],
  ])('refuses %s as %s', (did, fault) => {
    expect(resolved(did)).toBe(fault)
    expect(resolved(did, development)).toBe(fault)
  })

  it('gives a URL whose host is the one written in the identifier, or refuses', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9.%:_-]{1,40}$/), (rest) => {
        const url = didWebUrl(`did:web:${rest}`, production)
        if (!url.ok) return true
        const [authority = ''] = rest.split(':')
        return new URL(url.value).host === authority.replace('%3A', ':').replace(/:443$/, '')
      }),
    )
  })

  it('names a node by its public address and finds the way back', () => {
    const did = didWebOf('http://localhost:7601', development)
    expect(did).toEqual({ ok: true, value: 'did:web:localhost%3A7601' })
    expect(didWebOf('https://example.com/nodes/a/', production)).toEqual({
      ok: true,
      value: 'did:web:example.com:nodes:a',
    })
  })

  it.each([
    ['http://localhost:7601', production],
    ['http://example.com', production],
    ['https://localhost:7601', development],
    ['https://10.0.0.1', production],
    ['https://example.com/?x=1', production],
    ['https://example.com/a%20b', production],
    ['nonsense', production],
  ])('names no node after %s', (url, policy) => {
    expect(didWebOf(url, policy).ok).toBe(false)
  })
})
