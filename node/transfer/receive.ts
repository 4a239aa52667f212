import { pidsSeenAs } from '../../protocol/dsp/messages.ts'
import { otherRole, terminationBy } from '../../protocol/dsp/process.ts'
import { messageIdentity } from '../../protocol/dsp/seen.ts'
import { instantOf } from '../../protocol/instant.ts'
import { membershipsOf } from '../../protocol/policy/memberships.ts'
import { refuse, Refused } from '../../protocol/refusal.ts'
import { decideTransfer } from '../../protocol/transfer/machine.ts'
import { sinkLabel } from '../../protocol/transfer/sink-address.ts'
import {
  AFTER_MEMBER,
  type Transfer,
  type TransferMessage,
  type TransferRequestMessage,
  type TransferSpeech,
} from '../../schemas/transfer.ts'
import type { ProcessInbox } from '../dsp/inbox.ts'
import type { Peer } from '../identity/operations.ts'
import type { TransferDeps } from './operations.ts'
import { requestedSink, sealedSink } from './pushes.ts'
import { begin, step } from './step.ts'

/** The same consumerPid under the same agreement is the same request. */
export type TransferInbox = ProcessInbox<Transfer, TransferRequestMessage, TransferMessage>

export function createTransferInbox(deps: TransferDeps): TransferInbox {
  return {
    find: async (pid, peer) => {
      const stored = await deps.store.get(pid)
      return stored?.process.peer === peer.id ? stored.process : undefined
    },
    open: (peer, message) => open(deps, peer, message),
    hear: async (peer, process, message) => {
      if (message['@type'] === 'TransferRequestMessage')
        return refuse('invalid-request', 'a request opens a process', '')
      const { own, other } = pidsSeenAs(process.role, message)
      if (own !== process.pid || other === undefined) {
        refuse('invalid-request', 'the process ids of the message are not those of the process', 'Check both ids.')
      }
      const decision = await step(deps, {
        pid: process.pid,
        event: {
          kind: 'heard',
          id: messageIdentity(message),
          peerPid: other,
          after: message[AFTER_MEMBER],
          says: SPEECH[message['@type']],
          ...content(message, process),
        },
        prepare: (stored) => ({ ...stored, memberships: membershipsOf(peer.credentials) }),
      })
      if (decision === undefined) return refuse('not-found', 'there is no such process', '')
      if ('code' in decision) throw new Refused(decision)
      return decision.next
    },
  }
}

const SPEECH: Readonly<Record<TransferMessage['@type'], TransferSpeech>> = {
  TransferRequestMessage: 'request',
  TransferStartMessage: 'start',
  TransferCompletionMessage: 'completion',
  TransferSuspensionMessage: 'suspension',
  TransferTerminationMessage: 'termination',
}

function content(message: TransferMessage, process: Transfer) {
  if (message['@type'] === 'TransferStartMessage') return { dataAddress: message.dataAddress }
  if (message['@type'] !== 'TransferSuspensionMessage' && message['@type'] !== 'TransferTerminationMessage') return {}
  return { termination: terminationBy(otherRole(process.role), message) }
}

async function open(deps: TransferDeps, peer: Peer, message: TransferRequestMessage): Promise<Transfer> {
  const { consumerPid, agreementId, format, callbackAddress } = message
  const existing = await deps.store.ofConsumer(peer.id, consumerPid)
  if (existing !== undefined) return sameAgain(existing.process, agreementId)
  const record = await deps.negotiations.agreementForConsumer(agreementId, peer.id)
  if (record === undefined) {
    return refuse('invalid-request', 'there is no final agreement of this id with you', 'Negotiate one first.')
  }
  const sink = await requestedSink(deps, record.datasetId, message)
  const peerAddress = await deps.partners.callbackOf(peer.id, callbackAddress)
  const now = instantOf(deps.clock.now())
  const fresh: Transfer = {
    pid: `urn:uuid:${deps.random.uuid()}`,
    role: 'provider',
    peer: peer.id,
    peerAddress,
    agreementId,
    datasetId: record.datasetId,
    format,
    ...(sink === undefined ? {} : { sink: sinkLabel(sink) }),
    memberships: membershipsOf(peer.credentials),
    state: 'INITIAL',
    seen: [],
    createdAt: now,
    updatedAt: now,
  }
  const event = { kind: 'heard', says: 'request', id: messageIdentity(message), peerPid: consumerPid } as const
  const decision = decideTransfer(fresh, event, now)
  if ('code' in decision) throw new Refused(decision)
  const sealed = sink === undefined ? undefined : await sealedSink(deps, fresh.pid, sink)
  if ((await begin(deps, decision, sealed)) === 'committed') return decision.next
  const raced = await deps.store.ofConsumer(peer.id, consumerPid)
  return raced === undefined
    ? refuse('unavailable', 'the request met another one', 'Send it again.')
    : sameAgain(raced.process, agreementId)
}

function sameAgain(process: Transfer, agreementId: string): Transfer {
  if (process.agreementId === agreementId) return process
  return refuse('conflict', 'there is another transfer with this consumerPid', 'Use a fresh consumerPid.')
}
