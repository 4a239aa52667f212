import { describe, expect, it } from 'vitest'
import { SimulatedEndpoint, type SimulatedOptions } from '../../../test/simulated-endpoint.ts'
import { VirtualTime } from '../../../test/virtual-time.ts'
import { Admission } from './admission.ts'

const never = new AbortController().signal

/** Deterministic uniform numbers in (0, 1). */
function uniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
}

interface Setting {
  /** The endpoint becomes three times slower for good ninety seconds before it is measured. */
  readonly slower?: boolean
  readonly capacity: number
  readonly tail: 'none' | 'heavy'
  readonly beyond: SimulatedOptions['beyond']
}

/** Tokens of an answer in each of three columns, on average; a cell follows the one before in its row. */
const columns = [200, 60, 15]
const rampMs = 10_000

/** Busy share of the steady phase, with enough rows to make. */
async function run({ capacity, tail, beyond, slower = false }: Setting): Promise<{ busy: number; rejections: number }> {
  const time = new VirtualTime()
  const next = uniform(capacity)
  const normal = () => Math.sqrt(-2 * Math.log(next())) * Math.cos(2 * Math.PI * next())
  // Median 200 ms; one in a hundred takes more than two seconds.
  const serviceMs = () => {
    const median = slower && time.now() > rampMs ? 600 : 200
    return tail === 'none' ? median : median * Math.exp(normal())
  }
  const endpoint = new SimulatedEndpoint({ time, capacity, serviceMs, beyond })
  const admission = new Admission(time, { name: 'simulated' })
  let rows = 0
  const row = async (): Promise<void> => {
    for (;;) {
      const priority = rows++
      for (const [column, mean] of columns.entries()) {
        const tokens = Math.max(1, Math.round(mean * Math.exp(0.5 * normal())))
        const run = () => endpoint.ask(tokens)
        await admission.submit({ priority, kind: `column ${column}`, expectedTokens: mean, signal: never, run })
      }
    }
  }
  for (let open = 0; open < 4 * capacity; open++) void row()
  const begin = slower ? 10 * rampMs : rampMs
  await time.passUntil(begin)
  endpoint.measure()
  await time.passUntil(begin + (capacity < 100 ? 80_000 : 30_000))
  return { busy: endpoint.busyShare(), rejections: endpoint.rejections }
}

describe('an endpoint that works on so many calls at a time', () => {
  for (const capacity of [8, 32, 128]) {
    for (const tail of ['none', 'heavy'] as const) {
      it(`is busy where it lets the rest wait: ${capacity}, tail: ${tail}`, async () => {
        expect((await run({ capacity, tail, beyond: 'queue' })).busy).toBeGreaterThan(0.95)
      })

      it(`is busy where it rejects the rest, and rejects few: ${capacity}, tail: ${tail}`, async () => {
        const { busy, rejections } = await run({ capacity, tail, beyond: { retryAfterMs: 500 } })
        expect(busy).toBeGreaterThan(0.95)
        expect(rejections).toBeLessThan(1.5 * capacity + 10)
      })
    }
  }

  it.each(['none', 'heavy'] as const)('is busy again after it has become slower for good, tail: %s', async (tail) => {
    expect((await run({ capacity: 32, tail, beyond: 'queue', slower: true })).busy).toBeGreaterThan(0.9)
  })
})
