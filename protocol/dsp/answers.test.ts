import { describe, expect, it } from 'vitest'
import { meaningOf, reasonsIn } from './answers.ts'

describe('the answer of a peer', () => {
  const meanings = (says: string, first: boolean) =>
    [200, 201, 204, 302, 400, 401, 403, 404, 409, 422, 429, 500, 503].map((status) =>
      meaningOf(status, { says, first }),
    )

  it('is taken, refused or asked for again, by status and by what is at stake', () => {
    const ok = ['acknowledged', 'acknowledged', 'acknowledged']
    const later = ['again', 'again', 'again']
    expect(meanings('verification', false)).toEqual([
      ...ok,
      'again',
      'refused',
      'again',
      'refused',
      'again',
      'again',
      'refused',
      ...later,
    ])
    expect(meanings('request', true)).toEqual([
      ...ok,
      'again',
      'refused',
      'refused',
      'refused',
      'refused',
      'again',
      'refused',
      ...later,
    ])
    expect(meanings('termination', false)).toEqual([
      ...ok,
      'again',
      'refused',
      'again',
      'refused',
      'refused',
      'refused',
      'refused',
      ...later,
    ])
  })

  it('is no acknowledgement when it is a web page, and a refusal all the same', () => {
    const page = (status: number) => meaningOf(status, { says: 'verification', first: false, page: true })
    expect([200, 400, 404, 500].map(page)).toEqual(['again', 'refused', 'again', 'again'])
  })

  it('gives its reasons as short texts, whatever the body is', () => {
    expect(reasonsIn({ reason: ['a', 5, { '@value': 'x' }, 'b'] }, 400)).toEqual(['a', 'x', 'b'])
    expect(reasonsIn({ reason: 'one' }, 400)).toEqual(['one'])
    expect(reasonsIn('<html>', 400)).toEqual(['the peer answered 400'])
    expect(reasonsIn(undefined, 400)).toEqual(['the peer answered 400'])
    expect(reasonsIn({ reason: ['x'.repeat(9999)] }, 400)[0]?.length).toBe(500)
  })
})
