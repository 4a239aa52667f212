import { refuse, Refused } from '../../protocol/refusal.ts'
import { readSinkAddress, sinkUrls } from '../../protocol/transfer/sink-address.ts'
import { Sink } from '../../schemas/pushes.ts'
import {
  PULL_FORMAT,
  PushFormat,
  type Transfer,
  TRANSFER_FORMATS,
  type TransferRequestMessage,
} from '../../schemas/transfer.ts'
import { HttpFailure } from '../ports/http-client.ts'
import { MANIFEST_NAME } from './push-files.ts'
import type { PushEnd, TransferDeps, Transfers } from './operations.ts'
import { tell } from './say.ts'

const MOST_SERVERS = 4

type PushSide = Pick<Transfers, 'sinkOf' | 'forgetSink' | 'endPush'>

/** What the provider's push needs of the protocol. */
export function createPushes(deps: TransferDeps): PushSide {
  return {
    sinkOf: (pid) => openedSink(deps, pid),
    forgetSink: (pid) => deps.store.eraseSink(pid),
    endPush: async (pid, end) => {
      const process = (await deps.store.get(pid))?.process
      if (process?.state === 'STARTED' && process.pending === undefined) await sayEnd(deps, process, end)
    },
  }
}

/** Whoever said something in this moment says how it goes on. */
async function sayEnd(deps: TransferDeps, process: Transfer, end: PushEnd): Promise<void> {
  const termination =
    end === 'complete' ? undefined : { by: 'provider' as const, code: end.code, reasons: [...end.reasons] }
  const move =
    termination === undefined ? { says: 'completion' as const } : { says: 'termination' as const, termination }
  await tell(deps, process, move).catch((error: unknown) => {
    if (!(error instanceof Refused) || error.refusal.code !== 'conflict') throw error
  })
}

/** A sink as it is kept: under the node key, bound to its transfer. */
export function sealedSink({ keys }: TransferDeps, pid: string, sink: Sink): Promise<Uint8Array> {
  return keys.seal(contextOf(pid), new TextEncoder().encode(JSON.stringify(sink)))
}

export async function openedSink({ keys, store }: TransferDeps, pid: string): Promise<Sink | undefined> {
  const sealed = await store.sink(pid)
  if (sealed === undefined) return undefined
  return Sink.parse(JSON.parse(new TextDecoder().decode(await keys.open(contextOf(pid), sealed))))
}

function contextOf(pid: string): string {
  return `transfer-sink/v1\0${pid}`
}

/** Where a request wants the bytes; undefined for a pull. Throws Refused `invalid-request` with what is missing. */
export async function requestedSink(
  deps: TransferDeps,
  datasetId: string,
  { format, dataAddress }: TransferRequestMessage,
): Promise<Sink | undefined> {
  if (format === PULL_FORMAT) return undefined
  const push = PushFormat.safeParse(format)
  if (!push.success) {
    refuse(
      'invalid-request',
      'the dataset has no distribution of this format',
      `Ask for ${TRANSFER_FORMATS.join(', ')}.`,
    )
  }
  if (dataAddress === undefined) {
    refuse('invalid-request', 'a push needs a dataAddress', 'Say in the request where the bytes are to go.')
  }
  const sink = readSinkAddress(push.data, dataAddress)
  if ('fault' in sink) {
    return refuse(
      'invalid-request',
      `the dataAddress names no storage: ${sink.fault}`,
      'Its properties are in docs/spec/exchange.md.',
    )
  }
  if (sink.kind === 'presigned') await expectAddresses(deps, datasetId, sink.urls)
  for (const url of firstOfEachOrigin(sinkUrls(sink))) await expectPermitted(deps, url)
  return sink
}

/** Every file of the dataset and the manifest need an address; the other documents go where they have one. */
async function expectAddresses(
  { datasets }: TransferDeps,
  datasetId: string,
  urls: Readonly<Record<string, string>>,
): Promise<void> {
  const resources = (await datasets.get(datasetId))?.resources ?? []
  const missing = [...resources.map(({ name }) => name), MANIFEST_NAME].filter((name) => urls[name] === undefined)
  if (missing.length === 0) return
  const named = missing.slice(0, 5).join(', ')
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  refuse('invalid-request', `the dataAddress has no address for ${named}${more}`, 'Sign one for every file.')
}

/** Every server is vetted once; a storage has few, and looking up names takes time. */
function firstOfEachOrigin(urls: readonly string[]): Iterable<string> {
  const first = new Map(urls.map((url) => [new URL(url).origin, url]))
  if (first.size > MOST_SERVERS) {
    refuse('invalid-request', `the dataAddress names more than ${MOST_SERVERS} servers`, 'Use one storage for a push.')
  }
  return first.values()
}

/** A name that does not resolve now may do so later; what is forbidden stays forbidden. */
async function expectPermitted(deps: TransferDeps, url: string): Promise<void> {
  await deps.connectTarget(url).catch((error: unknown) => {
    if (!(error instanceof HttpFailure)) throw error
    if (error.blocked) {
      refuse('invalid-request', 'the dataAddress is not one that this node connects to', 'Name a public https address.')
    }
  })
}
