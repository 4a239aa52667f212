import { describe, expect, it } from 'vitest'
import { servedRange } from './serve-range.ts'

describe('range of a served file', () => {
  it('is the whole file without a range, with several, and with what is no range', () => {
    for (const header of [undefined, 'bytes=0-1,5-6', 'lines=1-2', 'bytes=', 'bytes=5-3', 'bytes=a-b'])
      expect(servedRange(header, 100)).toEqual({ kind: 'whole', start: 0, end: 100 })
  })

  it('is one part, open at either end, cut at the end of the file', () => {
    expect(servedRange('bytes=10-19', 100)).toEqual({ kind: 'part', start: 10, end: 20 })
    expect(servedRange('bytes=90-', 100)).toEqual({ kind: 'part', start: 90, end: 100 })
    expect(servedRange('bytes=90-500', 100)).toEqual({ kind: 'part', start: 90, end: 100 })
    expect(servedRange('bytes=-7', 100)).toEqual({ kind: 'part', start: 93, end: 100 })
    expect(servedRange('bytes=-700', 100)).toEqual({ kind: 'part', start: 0, end: 100 })
  })

  it('cannot be satisfied behind the end', () => {
    expect(servedRange('bytes=100-', 100)).toEqual({ kind: 'unsatisfiable' })
    expect(servedRange('bytes=0-0', 0)).toEqual({ kind: 'unsatisfiable' })
    expect(servedRange('bytes=-0', 100)).toEqual({ kind: 'unsatisfiable' })
  })
})
