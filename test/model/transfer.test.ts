import { describe, expect, it } from 'vitest'
import { TRANSFER_TABLES } from '../../protocol/transfer/tables.ts'
import { TransferState } from '../../schemas/transfer.ts'
import { NAMELESS, transfers } from './explorations.ts'
import { explore, unwalked } from './explore.ts'
import { TRANSFER_FIGURE } from './figures.ts'
import { differences, mutantsOf } from './mutants.ts'
import { caughtBy, summary, tally } from './report.ts'

describe('both sides of a transfer, explored exhaustively', () => {
  // With nothing pruned, and with a fuller channel: npm run explore.
  it('agree in every world or heal, whatever is said and however the messages fare (T10)', () => {
    const setting = transfers({ capacity: 3 })
    const explored = explore(setting)
    console.log(summary('transfer', explored))
    expect(explored.fault).toBeUndefined()
    expect(unwalked(setting, explored)).toEqual([])
    expect(explored.pairs).toEqual(new Set([...explored.pairs, ...setting.kind.pairs]))
    expect(explored.worlds).toBeGreaterThan(6_500)
    expect(explored.fullest).toBe(3)
  })

  it('agree also where the provider gives no ids, as long as messages neither cross nor repeat (T11)', () => {
    const explored = explore(transfers({ capacity: 1, nameless: ['provider'] }))
    console.log(summary('transfer, without ids of the provider, in order', explored))
    expect(explored.fault).toBeUndefined()
    expect(explored.worlds).toBeGreaterThan(450)
  })

  it('agree where the consumer gives no ids, unless it starts what the provider is suspending (T11)', () => {
    const explored = explore(transfers({ capacity: 1, nameless: ['consumer'], apart: ['STARTED/SUSPENDED'] }))
    console.log(summary('transfer, without ids of the consumer, in order', explored))
    expect(explored.fault).toBeUndefined()
    expect(explored.worlds).toBeGreaterThan(850)
  })

  it('agree where the provider answers the start of the consumer with one of its own (T13)', () => {
    const setting = transfers({ capacity: 1, answering: true })
    const explored = explore(setting)
    console.log(summary('transfer, starts that are answered with a start, in order', explored))
    expect(explored.fault).toBeUndefined()
    expect(unwalked(setting, explored)).toEqual([])
    expect(explored.worlds).toBeGreaterThan(600)
  })

  // One side alone without ids: npm run explore.
  it.each(NAMELESS.filter(({ roles }) => roles.length === 2))(
    'count once and can end it without ids of $who, also when messages cross (T11)',
    ({ roles }) => {
      const apart = ['STARTED/SUSPENDED', 'SUSPENDED/STARTED', 'TERMINATED/COMPLETED', 'COMPLETED/TERMINATED']
      const explored = explore(transfers({ capacity: 2, nameless: roles, crossing: true, apart }))
      console.log(summary(`transfer, without ids of ${roles.join(' and ')}, crossing`, explored))
      expect(explored.fault).toBeUndefined()
      expect(explored.worlds).toBeGreaterThan(2_000)
    },
  )
})

describe('the tables of a transfer', () => {
  it('are the figure of the protocol, arrow by arrow (T1)', () => {
    expect(differences(TRANSFER_TABLES, TRANSFER_FIGURE)).toEqual([])
  })

  it('lose or change no entry unnoticed: figure and exploration both find it (T1)', () => {
    const mutants = mutantsOf(TRANSFER_TABLES, TransferState.options)
    const found = mutants.map(({ name, tables }) => ({
      name,
      figure: differences(tables, TRANSFER_FIGURE).length,
      by: caughtBy(transfers({ capacity: 1 }, tables)),
    }))
    console.log(`transfer: ${mutants.length} wrong tables, all found by figure; exploration: ${tally(found)}`)
    expect(found.filter(({ figure, by }) => figure !== 1 || by === undefined)).toEqual([])
    expect(mutants).toHaveLength(145)
  })
})
