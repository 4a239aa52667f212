import { describe, expect, it } from 'vitest'
import { NEGOTIATION_TABLES } from '../../protocol/negotiation/tables.ts'
import { NegotiationState } from '../../schemas/negotiation.ts'
import { NAMELESS, negotiations } from './explorations.ts'
import { explore, unwalked } from './explore.ts'
import { NEGOTIATION_FIGURE } from './figures.ts'
import { differences, mutantsOf } from './mutants.ts'
import { caughtBy, summary, tally } from './report.ts'

describe('both sides of a negotiation, explored exhaustively', () => {
  // With nothing pruned, and with a fuller channel: npm run explore.
  it('agree in every world or heal, whatever is said and however the messages fare (N10)', () => {
    const setting = negotiations({ capacity: 3 })
    const explored = explore(setting)
    console.log(summary('negotiation', explored))
    expect(explored.fault).toBeUndefined()
    expect(unwalked(setting, explored)).toEqual([])
    expect(explored.pairs).toEqual(new Set([...explored.pairs, ...setting.kind.pairs]))
    expect(explored.worlds).toBeGreaterThan(2_900)
    expect(explored.fullest).toBe(3)
  })

  it.each(NAMELESS)(
    'agree also without ids of $who, as long as messages neither cross nor repeat (N12)',
    ({ roles }) => {
      const explored = explore(negotiations({ capacity: 1, nameless: roles }))
      console.log(summary(`negotiation, without ids of ${roles.join(' and ')}, in order`, explored))
      expect(explored.fault).toBeUndefined()
      expect(explored.worlds).toBeGreaterThan(1_500)
    },
  )

  it('end alike when every try of a message has an id of its own, and take two kinds of them as said before (N5)', () => {
    const setting = negotiations({ capacity: 1, renaming: ['consumer', 'provider'] })
    const explored = explore(setting)
    console.log(summary('negotiation, another id for every try, in order', explored))
    expect(explored.fault).toBeUndefined()
    expect(unwalked(setting, explored)).toEqual([])
    expect([...explored.walked].filter((step) => step.endsWith(' again')).toSorted()).toEqual([
      'consumer hears finalization in FINALIZED again',
      'consumer hears offer in OFFERED again',
      'provider hears request in REQUESTED again',
      'provider hears verification in VERIFIED again',
    ])
    expect(explored.worlds).toBeGreaterThan(1_200)
  })

  // One side alone without ids: npm run explore.
  it.each(NAMELESS.filter(({ roles }) => roles.length === 2))(
    'hold one agreement or none, and can end it, without ids of $who, also when messages cross (N12)',
    ({ roles }) => {
      const explored = explore(
        negotiations({ capacity: 2, nameless: roles, crossing: true, apart: ['OFFERED/REQUESTED'] }),
      )
      console.log(summary(`negotiation, without ids of ${roles.join(' and ')}, crossing`, explored))
      expect(explored.fault).toBeUndefined()
      expect(explored.worlds).toBeGreaterThan(15_000)
    },
  )
})

describe('the tables of a negotiation', () => {
  it('are the figure of the protocol, arrow by arrow (N1)', () => {
    expect(differences(NEGOTIATION_TABLES, NEGOTIATION_FIGURE)).toEqual([])
  })

  it('lose or change no entry unnoticed: figure and exploration both find it (N1)', () => {
    const mutants = mutantsOf(NEGOTIATION_TABLES, NegotiationState.options)
    const found = mutants.map(({ name, tables }) => ({
      name,
      figure: differences(tables, NEGOTIATION_FIGURE).length,
      by: caughtBy(negotiations({ capacity: 1 }, tables)),
    }))
    console.log(`negotiation: ${mutants.length} wrong tables, all found by figure; exploration: ${tally(found)}`)
    expect(found.filter(({ figure, by }) => figure !== 1 || by === undefined)).toEqual([])
    expect(mutants).toHaveLength(280)
  })
})
