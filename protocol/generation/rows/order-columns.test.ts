import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { orderColumns } from './order-columns.ts'

describe('the order of columns', () => {
  it('orders any columns that need only earlier ones, whatever order they stand in', () => {
    const graph = fc
      .integer({ min: 1, max: 12 })
      .chain((size) =>
        fc.tuple(...Array.from({ length: size }, (_, at) => fc.subarray(Array.from({ length: at }, (__, of) => of)))),
      )
    fc.assert(
      fc.property(graph, fc.infiniteStream(fc.nat()), (needs, shuffle) => {
        const columns = needs
          .map((each, at) => ({ name: `c${at}`, needs: each.map((of) => `c${of}`), key: shuffle.next().value }))
          .toSorted((a, b) => a.key - b.key)
        const result = orderColumns(columns)
        if (!('ordered' in result)) throw new Error('a circle was seen where there is none')
        const made = result.ordered.map(({ column: each }) => each.name)
        for (const { column: each } of result.ordered)
          for (const need of each.needs) expect(made.indexOf(need)).toBeLessThan(made.indexOf(each.name))
      }),
    )
  })
})
