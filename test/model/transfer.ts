import type { transferMachine } from '../../protocol/transfer/machine.ts'
import { Instant } from '../../schemas/ids.ts'
import { type PendingTransferMessage, type Transfer, TransferSpeech } from '../../schemas/transfer.ts'
import { ANSWERING_FIGURE, TRANSFER_FIGURE } from './figures.ts'
import type { Kind, Name } from './kind.ts'
import { freshTransfer } from './fresh-transfer.ts'

const NOW = Instant.parse('2026-06-01T00:00:00.000Z')
const ADDRESS = { '@type': 'DataAddress', endpointType: 'HTTP', endpoint: 'https://bureau.example/data' } as const

/** Consumer before provider. Both may speak in STARTED and SUSPENDED, so either may be behind there. */
const PAIRS = [
  'INITIAL/REQUESTED',
  'STARTED/REQUESTED',
  'STARTED/SUSPENDED',
  'SUSPENDED/STARTED',
  'STARTED/COMPLETED',
  'COMPLETED/STARTED',
]

/** How the two sides of transfers speak. */
export interface Manner {
  /** A side does not say after what it speaks, and the other then leaves it out too. */
  readonly nameless?: boolean
  /** The provider answers a start of the consumer with one of its own (T13, T14), and nobody says after what it speaks. */
  readonly answering?: boolean
}

export function transferKind(decide: ReturnType<typeof transferMachine>, manner: Manner = {}): Kind<Transfer> {
  const { answering = false } = manner
  const nameless = manner.nameless === true || answering
  const say = (process: Transfer, says: TransferSpeech, id: string) =>
    decide(process, { kind: 'intended', says, id, ...useOf(process, says), answersStart: answering }, NOW)
  return {
    figure: answering ? ANSWERING_FIGURE : TRANSFER_FIGURE,
    final: ['COMPLETED', 'TERMINATED'],
    pairs: new Set(PAIRS),
    towardsSuccess: ['completion', 'start'],
    success: 'COMPLETED',
    openings: () => [say(freshTransfer('consumer'), 'request', 'urn:uuid:0')],
    born: () => freshTransfer('provider'),
    words: (process, id) => TransferSpeech.options.map((says) => ({ says, decide: () => say(process, says, id) })),
    hear: (process, { pending }, { identity, peerPid }) => {
      const { says, after } = pending as PendingTransferMessage
      const how = nameless ? {} : { after }
      const address = answering && says === 'start' && process.role === 'consumer' ? { dataAddress: ADDRESS } : {}
      return decide(process, { kind: 'heard', says, id: identity, peerPid, ...how, ...address }, NOW)
    },
    answered: (process, answer) => decide(process, answer, NOW),
    digest: ({ pending, opening }) => (opening ? 'opening' : pending.says),
    forget: (process, known) => forget(process, known, nameless),
    facts,
    letterFacts: ({ after }, name) => (nameless ? '' : name(after)),
    pairFault,
    stepFault,
  }
}

/** The second ordinal would be counted if a later start were. */
function useOf({ role, use }: Transfer, says: TransferSpeech): { use?: number } {
  return role === 'provider' && says === 'start' ? { use: use === undefined ? 1 : 2 } : {}
}

/** What cannot be compared with anything any more is one and the same. */
const PAST = 'past'

function forget(
  process: Transfer,
  { coming, named, compared }: Parameters<Kind<Transfer>['forget']>[1],
  nameless: boolean,
) {
  const { lastSaid, pending, ...rest } = process
  const last = process.seen.at(-1)
  const meant =
    last === undefined || coming.has(last) || last.startsWith('digest:') || (!nameless && compared.has(last))
  const seen = process.seen.slice(0, -1).filter((id) => coming.has(id) && !id.startsWith('digest:') && id !== last)
  const after = pending?.after === undefined || compared.has(pending.after) ? pending?.after : PAST
  return {
    ...rest,
    ...(lastSaid !== undefined && !nameless && named.has(lastSaid) ? { lastSaid } : {}),
    ...(pending === undefined ? {} : { pending: after === undefined ? pending : { ...pending, after } }),
    seen: last === undefined ? [] : [...seen, meant ? last : PAST],
  }
}

function facts({ state, peerPid, pending, seen, lastSaid, suspendedBy, resumed, use }: Transfer, name: Name): string {
  return [
    state,
    peerPid === undefined ? 'alone' : '',
    pending === undefined ? '' : `${pending.says}>${pending.to} ${name(pending.id)} ${name(pending.after)}`,
    name(lastSaid),
    suspendedBy ?? '',
    resumed === true ? 'resumed' : '',
    use ?? '',
    seen.map(name).join(' '),
  ].join(',')
}

function pairFault(consumer: Transfer, provider: Transfer, quiet: boolean): string | undefined {
  if (provider.state !== 'REQUESTED' && provider.state !== 'TERMINATED' && provider.use !== 1) return 'not counted once'
  if (!quiet || consumer.state !== 'SUSPENDED' || provider.state !== 'SUSPENDED') return undefined
  return consumer.suspendedBy === provider.suspendedBy ? undefined : 'suspended by each other'
}

function stepFault(before: Transfer, after: Transfer): string | undefined {
  if (before.state === 'COMPLETED' || before.state === 'TERMINATED') return 'a final process moved'
  const held = before.role === 'provider' && before.state === 'SUSPENDED' && before.suspendedBy === 'provider'
  if (held && after.state === 'STARTED' && before.pending?.says !== 'start') return 'started by the consumer'
  return before.use !== undefined && before.use !== after.use ? 'counted twice' : undefined
}
