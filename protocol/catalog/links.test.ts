import { describe, expect, it } from 'vitest'
import { linkTarget } from './links.ts'

describe('a Link header', () => {
  it.each([
    ['<https://p.example/c?t=1>; rel="next"', 'https://p.example/c?t=1'],
    ['<https://p.example/a>; rel="previous", <https://p.example/b,c;d>; rel=next', 'https://p.example/b,c;d'],
    ['</c?t=1>; title="a \\"b\\", <x>; rel=next"; rel="prev NEXT"', '/c?t=1'],
    ['<a>;rel=prev , <b> ; anchor="#x" ; rel = next', 'b'],
    ['<a>; rel="prev"; rel="next"', undefined],
    ['<a>; rel="previous"', undefined],
    ['<a>; rel=nextish', undefined],
    ['a; rel=next', undefined],
    ['<a> rel=next', undefined],
    ['', undefined],
  ])('%s goes on at %s', (header, target) => {
    expect(linkTarget(header, 'next')).toBe(target)
  })

  it('is read in no time, however it is written', () => {
    const started = performance.now()
    for (const piece of [' ', ';', '<', '"', '; a', '; a="', '<a>; rel=x,', '\\', '; rel = ']) {
      linkTarget(`<a>${piece.repeat(16_000 / piece.length)}`, 'next')
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
