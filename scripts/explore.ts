// npm run explore: the explorations of test/model with a fuller channel than `npm test` has time for, each with its counts.
import { NAMELESS, negotiations, transfers } from '../test/model/explorations.ts'
import { explore, type Explored, unwalked } from '../test/model/explore.ts'
import { summary } from '../test/model/report.ts'
import { type Held, ROLES } from '../test/model/kind.ts'
import type { Setting } from '../test/model/channel.ts'

function run<P extends Held>(name: string, setting: Setting<P>): boolean {
  const started = performance.now()
  const explored = explore(setting)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${summary(name, explored)}, ${seconds} s`)
  const wrong = faultsOf(setting, explored)
  for (const line of wrong) console.error(`  ${line}`)
  return wrong.length === 0
}

function faultsOf<P extends Held>(setting: Setting<P>, explored: Explored): readonly string[] {
  const { fault } = explored
  if (fault !== undefined) return [fault.what, ...fault.path]
  return unwalked(setting, explored).map((arrow) => `never: ${arrow}`)
}

/** Only what holds without ids: not every arrow is walked where messages are taken for repetitions. */
function held<P extends Held>(name: string, setting: Setting<P>): boolean {
  const explored = explore(setting)
  console.log(summary(name, explored))
  if (explored.fault !== undefined) console.error(`  ${explored.fault.what}`)
  return explored.fault === undefined
}

const crossing = { capacity: 2, crossing: true, apart: ['OFFERED/REQUESTED'] }
const unordered = ['STARTED/SUSPENDED', 'SUSPENDED/STARTED', 'TERMINATED/COMPLETED', 'COMPLETED/TERMINATED']
const crossingTransfers = { capacity: 2, crossing: true, apart: unordered }
const every = { capacity: 3, prune: false }
const longest = { capacity: 5 }
const good = [
  run('negotiation, three messages or answers on their way', negotiations(every)),
  run('transfer, three messages or answers on their way', transfers(every)),
  run('negotiation, five that can still change something', negotiations(longest)),
  run('transfer, five that can still change something', transfers(longest)),
  ...NAMELESS.map(({ who, roles }) =>
    held(`negotiation, crossing, without ids of ${who}`, negotiations({ ...crossing, nameless: roles })),
  ),
  ...NAMELESS.map(({ who, roles }) =>
    held(`transfer, crossing, without ids of ${who}`, transfers({ ...crossingTransfers, nameless: roles })),
  ),
  held('negotiation, crossing, another id for every try', negotiations({ ...crossing, renaming: ROLES })),
  held(
    'transfer, crossing, starts that are answered with a start',
    transfers({ ...crossingTransfers, answering: true }),
  ),
]
if (good.includes(false)) process.exitCode = 1
