import { instantOf } from '../../protocol/instant.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import { readPullAddress } from '../../protocol/transfer/data-address.ts'
import { decideTransfer, isFinal } from '../../protocol/transfer/machine.ts'
import { formatOf, sinkLabel } from '../../protocol/transfer/sink-address.ts'
import type { Termination } from '../../schemas/dsp.ts'
import type { Sink } from '../../schemas/pushes.ts'
import { PULL_FORMAT, RENEWAL_CODE, type Transfer } from '../../schemas/transfer.ts'
import { watchChanges } from '../ports/changes.ts'
import type { DataAccess, TransferDeps, Transfers } from './operations.ts'
import { sealedSink } from './pushes.ts'
import { tell } from './say.ts'
import { begin } from './step.ts'

type ConsumerSide = Pick<Transfers, 'start' | 'startPush' | 'dataAddress' | 'renew' | 'complete' | 'fail'>

/** What pulls and pushes need of the protocol at the consumer. */
export function createConsumerTransfers(deps: TransferDeps): ConsumerSide {
  return {
    start: (agreementId) => start(deps, agreementId),
    startPush: (agreementId, sink) => start(deps, agreementId, sink),
    dataAddress: (pid, signal) => addressOf(deps, { pid, signal, before: undefined }),
    renew: async (pid, signal) => {
      const process = await consumed(deps, pid)
      const waiting = process.state === 'SUSPENDED' || process.pending !== undefined
      if (!waiting) {
        const termination: Termination = { by: 'consumer', code: RENEWAL_CODE, reasons: ['A new token is needed.'] }
        await tell(deps, process, { says: 'suspension', termination })
      }
      return addressOf(deps, { pid, signal, before: JSON.stringify(process.dataAddress) })
    },
    complete: async (pid) => {
      const process = await consumed(deps, pid)
      if (process.state === 'COMPLETED' || process.pending?.says === 'completion') return process
      return tell(deps, process, { says: 'completion' })
    },
    fail: async (pid, { resource, chunk }) => {
      const process = await consumed(deps, pid)
      if (process.state === 'TERMINATED' || process.pending?.says === 'termination') return process
      const reasons = [`Chunk ${chunk} of ${resource} is not what the manifest says.`]
      return tell(deps, process, {
        says: 'termination',
        termination: { by: 'consumer', code: 'wrong-bytes', reasons },
      })
    },
  }
}

async function consumed({ store }: TransferDeps, pid: string): Promise<Transfer> {
  const process = (await store.get(pid))?.process
  if (process?.role === 'consumer') return process
  return refuse('not-found', 'this node pulls nothing under this id', 'List your copies: tanemaki copy list.')
}

/** A pull, or with a sink a push into it. */
async function start(deps: TransferDeps, agreementId: string, sink?: Sink): Promise<Transfer> {
  const record = await deps.negotiations.agreement(agreementId)
  if (record?.role !== 'consumer') {
    return refuse('not-found', 'there is no such agreement', 'List your exchanges: tanemaki exchange list.')
  }
  const running = (await deps.store.running({ agreementId, role: 'consumer' })).map(({ process }) => process)
  const pull = running.find((process) => process.format === PULL_FORMAT)
  if (sink === undefined && pull !== undefined) return pull
  if (sink !== undefined && running.some((process) => process.format !== PULL_FORMAT)) {
    return refuse(
      'conflict',
      'a push under this agreement is running',
      'Wait for its end, or end it: tanemaki exchange show, tanemaki copy cancel.',
    )
  }
  const now = instantOf(deps.clock.now())
  const fresh: Transfer = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role: 'consumer',
    peer: record.peer,
    peerAddress: record.peerAddress,
    agreementId,
    datasetId: record.datasetId,
    format: sink === undefined ? PULL_FORMAT : formatOf(sink),
    ...(sink === undefined ? {} : { sink: sinkLabel(sink) }),
    memberships: [],
    state: 'INITIAL',
    seen: [],
    createdAt: now,
    updatedAt: now,
  }
  const event = { kind: 'intended', says: 'request', id: `urn:uuid:${deps.random.uuid()}` } as const
  const decision = decideTransfer(fresh, event, now)
  if ('code' in decision) throw new Refused(decision)
  await begin(deps, decision, sink === undefined ? undefined : await sealedSink(deps, fresh.pid, sink))
  return decision.next
}

/** Waits for a started transfer, and where `before` is given, for another address than that. */
async function addressOf(
  deps: TransferDeps,
  { pid, signal, before }: { pid: string; signal: AbortSignal | undefined; before: string | undefined },
): Promise<DataAccess> {
  await consumed(deps, pid)
  const final = ({ process }: { process: Transfer }) => isFinal(process.state)
  const versions = watchChanges(deps.changes, { key: pid, read: () => deps.store.get(pid), final }, signal)
  for await (const { process } of versions) {
    if (isFinal(process.state)) return ended(process)
    if (process.state === 'SUSPENDED' && process.suspendedBy === 'provider') return held(process)
    if (process.state !== 'STARTED' || process.pending !== undefined || process.dataAddress === undefined) continue
    if (before !== undefined && JSON.stringify(process.dataAddress) === before) continue
    return (
      readPullAddress(process.dataAddress) ??
      refuse(
        'peer-refused',
        'the provider started the transfer without saying where the bytes are',
        'Ask the provider.',
      )
    )
  }
  return refuse('unavailable', 'nobody waits for the transfer any more', 'Pull again; what is verified is kept.')
}

function ended({ state, termination }: Transfer): never {
  const why = termination?.reasons.join(' ') ?? ''
  return refuse(
    'peer-refused',
    state === 'COMPLETED' ? 'the transfer is complete' : `the transfer was ended${why === '' ? '' : `: ${why}`}`,
    'A new pull needs an agreement that still permits it: tanemaki exchange show.',
  )
}

function held({ suspension }: Transfer): never {
  const why = suspension?.reasons.join(' ') ?? ''
  return refuse(
    'transfer-not-running',
    `the provider has suspended the transfer${why === '' ? '' : `: ${why}`}`,
    'Pull again when the provider has started it again; what is verified is kept.',
  )
}
