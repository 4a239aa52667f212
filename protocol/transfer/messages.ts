import {
  AFTER_MEMBER,
  type DataAddress,
  type PendingTransferMessage,
  type Transfer,
  type TransferMessage,
  type TransferSpeech,
} from '../../schemas/transfer.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { type Envelope, envelope, fault, type Letter } from '../dsp/messages.ts'

const PATHS: Readonly<Record<TransferSpeech, string>> = {
  request: '/request',
  start: '/start',
  completion: '/completion',
  suspension: '/suspension',
  termination: '/termination',
}

export interface TransferEnclosure {
  /** Where this side takes messages; only the request carries it. */
  readonly callbackAddress: string
  /** Provider's start of a pull: where the bytes are. Consumer's request of a push: where they go. */
  readonly dataAddress?: DataAddress | undefined
}

/** The pending message of a transfer in the form of DSP 2025-1 (HTTPS binding). */
export function transferLetter(
  process: Transfer,
  pending: PendingTransferMessage,
  { callbackAddress, dataAddress }: TransferEnclosure,
): Letter<TransferMessage> {
  const { pid, peerPid, agreementId, format } = process
  if (peerPid === undefined) {
    return {
      path: '/transfers/request',
      message: {
        '@context': [DSP_CONTEXT],
        '@id': pending.id,
        '@type': 'TransferRequestMessage',
        consumerPid: pid,
        agreementId,
        format,
        callbackAddress,
        ...(dataAddress === undefined ? {} : { dataAddress }),
      },
    }
  }
  const after = pending.after === undefined ? {} : { [AFTER_MEMBER]: pending.after }
  return {
    path: `/transfers/${encodeURIComponent(peerPid)}${PATHS[pending.says]}`,
    message: body({ ...envelope(pending.id, process), ...after }, pending, dataAddress),
  }
}

function body(
  envelope: Envelope,
  pending: PendingTransferMessage,
  dataAddress: DataAddress | undefined,
): TransferMessage {
  const cause = fault(pending.termination)
  if (pending.says === 'start') {
    return { ...envelope, '@type': 'TransferStartMessage', ...(dataAddress === undefined ? {} : { dataAddress }) }
  }
  if (pending.says === 'completion') return { ...envelope, '@type': 'TransferCompletionMessage' }
  if (pending.says === 'suspension') return { ...envelope, '@type': 'TransferSuspensionMessage', ...cause }
  if (pending.says === 'termination') return { ...envelope, '@type': 'TransferTerminationMessage', ...cause }
  throw new TypeError('a request is only said by a process without a peer')
}
