import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../../schemas/outcomes.ts'
import { type EngineOptions, runEngine } from './engine.ts'

const outcome = (index: number, accepted: boolean): Outcome => ({
  index,
  verdict: accepted ? 'accepted' : 'rejected',
  sources: {},
  skipped: [],
  cells: {},
  calls: [],
})

interface Scene {
  readonly accepts: (index: number) => boolean
  /** Turns of the event loop that a candidate takes. */
  readonly turns: (index: number) => number
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

async function run({ accepts, turns }: Scene, over: Partial<EngineOptions> & { target: number; end: number }) {
  const emitted: Outcome[] = []
  const opened = new Set<number>()
  let most = 0
  let open = 0
  const end = await runEngine({
    first: 0,
    accepted: 0,
    width: () => 16,
    signal: new AbortController().signal,
    make: async (index) => {
      opened.add(index)
      open += 1
      most = Math.max(most, open)
      for (let left = turns(index); left > 0; left -= 1) await turn()
      open -= 1
      return { outcome: outcome(index, accepts(index)), bytes: 100 }
    },
    emit: async (made) => {
      emitted.push(made)
      return made
    },
    ...over,
  })
  return { end, emitted, opened, most }
}

describe('candidates of a run', () => {
  it('are emitted by index, up to the last row that is needed, at every width and speed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 7 }),
        fc.record({ width: fc.integer({ min: 1, max: 40 }), target: fc.integer({ min: 1, max: 20 }) }),
        async (accepts, delays, { width, target }) => {
          const scene = {
            accepts: (index: number) => accepts[index] ?? false,
            turns: (index: number) => delays[index % delays.length] ?? 0,
          }
          const { end, emitted } = await run(scene, { target, end: accepts.length, width: () => width })
          const inOrder = accepts.map((each, index) => ({ each, index }))
          const last = inOrder.filter(({ each }) => each)[target - 1]?.index ?? accepts.length - 1
          expect(emitted.map(({ index }) => index)).toEqual(inOrder.slice(0, last + 1).map(({ index }) => index))
          expect(end).toEqual({
            accepted: Math.min(target, accepts.filter(Boolean).length),
            candidates: last + 1,
          })
        },
      ),
      { numRuns: 60 },
    )
  })

  it('are not opened far beyond what the yield so far asks for', async () => {
    const all = { accepts: () => true, turns: () => 1 }
    const { opened } = await run(all, { target: 20, end: 100_000, width: () => 500 })
    expect(opened.size).toBeLessThanOrEqual(24)
  })

  it('are as many at a time as are worth it, and as memory holds', async () => {
    const all = { accepts: () => true, turns: () => 2 }
    expect((await run(all, { target: 400, end: 400, width: () => 50 })).most).toBe(50)
    const large = await runWithSize(8 * 1024 * 1024)
    expect(large).toBeLessThan(40)
  })

  it('go on behind those that have outcomes already', async () => {
    const { end, emitted } = await run(
      { accepts: () => true, turns: () => 1 },
      { first: 7, accepted: 3, target: 5, end: 50 },
    )
    expect(emitted.map(({ index }) => index)).toEqual([7, 8])
    expect(end).toEqual({ accepted: 5, candidates: 9 })
  })

  it('stop with the first error, and those that are open are told', async () => {
    const told: boolean[] = []
    const failing = run(
      { accepts: () => true, turns: () => 0 },
      {
        target: 100,
        end: 100,
        make: async (index, signal) => {
          signal.addEventListener('abort', () => told.push(true))
          if (index === 5) throw new Error('no credit left')
          await new Promise(() => undefined)
          return { outcome: outcome(index, true), bytes: 1 }
        },
      },
    )
    await expect(failing).rejects.toThrow('no credit left')
    expect(told.length).toBeGreaterThan(5)
  })

  it('stop when they are told to', async () => {
    const controller = new AbortController()
    const running = run({ accepts: () => true, turns: () => 1000 }, { target: 10, end: 10, signal: controller.signal })
    controller.abort(new Error('the node stopped'))
    await expect(running).rejects.toThrow('the node stopped')
  })
})

async function runWithSize(bytes: number): Promise<number> {
  let waiting = 0
  let most = 0
  await runEngine({
    first: 0,
    accepted: 0,
    target: 200,
    end: 200,
    width: () => 200,
    signal: new AbortController().signal,
    make: async (index) => {
      // The first takes longest, so that all others wait for it.
      for (let left = index % 50 === 0 ? 60 : 1; left > 0; left -= 1) await turn()
      waiting += 1
      most = Math.max(most, waiting)
      return { outcome: outcome(index, true), bytes }
    },
    emit: async (made) => {
      waiting -= 1
      return made
    },
  })
  return most
}
