import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { happenings, type Setting, type World } from './channel.ts'
import { negotiations, transfers } from './explorations.ts'
import { opened } from './explore.ts'
import type { Held } from './kind.ts'
import { worldFault } from './rules.ts'

/** Wanders through worlds with nothing forgotten and nothing left out; then everything that is on its way is lost. */
function wander<P extends Held>(setting: Setting<P>, choices: readonly number[]): World<P> {
  const [first = 0, ...rest] = choices
  const openings = setting.kind.openings().flatMap((opening) => ('code' in opening ? [] : [opened(opening.next)]))
  const pick = <T>(items: readonly T[], choice: number) => items[choice % items.length]
  let world = pick(openings, first)
  for (const choice of rest) {
    const all = world === undefined ? [] : [...happenings(setting, world)]
    // Terminations are rare, so that the history gets long.
    const likely = all.filter(({ label }) => choice % 64 === 0 || !label.includes('says termination'))
    const happening = pick(likely, choice)
    expect(happening?.fault).toBeUndefined()
    world = happening?.world ?? world
  }
  return world === undefined ? expect.fail('nobody opened') : { ...world, flying: [] }
}

/** A full channel of eight, a long history, and every id that was ever heard: what the exploration reduces is all there. */
function comesToRest<P extends Held>(setting: Setting<P>): Set<string> {
  const states = new Set<string>()
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 20, maxLength: 100, size: 'max' }), (choices) => {
      const world = wander(setting, choices)
      expect(worldFault(setting, world)).toBeUndefined()
      states.add(`${world.consumer?.state}/${world.provider?.state}`)
    }),
    { numRuns: 500 },
  )
  return states
}

describe('a long walk through the worlds that the exploration visits', () => {
  const size = { capacity: 8, prune: false }

  it('never leaves two sides of a negotiation apart (N10)', () => {
    expect(comesToRest(negotiations(size)).size).toBeGreaterThan(8)
  })

  it('never leaves two sides of a transfer apart (T10)', () => {
    expect(comesToRest(transfers(size)).size).toBeGreaterThan(6)
  })
})
