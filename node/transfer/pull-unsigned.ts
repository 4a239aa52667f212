import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { type CopyRecord, UnsignedFile } from '../../schemas/copies.ts'
import type { AgreementRecord } from '../../schemas/negotiation.ts'
import type { FetchTask, FetchTaskProgress, FetchTaskResult } from '../ports/fetch-task.ts'
import type { HashedFile, HashTask } from '../ports/hash-task.ts'
import { type CopiesDeps, growingFolder, workFolder } from './copies-deps.ts'
import { PullEnded, PullPaused } from './pull-ending.ts'
import { type AccessHolder, FRUITLESS_TRIES, IDLE_MS, pause, refusedTarget } from './pull-files.ts'

/** The bytes have no name of their own. */
const NAME = 'data'
const HASHED_AT_ONCE = 1024 * 1024

export interface UnsignedPull {
  readonly copy: CopyRecord
  readonly agreement: AgreementRecord
  readonly signal: AbortSignal
  onProgress(progress: FetchTaskProgress): void
}

/**
 * Brings what a connector without manifests gives under its data address: one file, over plain HTTP. Its digest is computed here, so
 * it tells later changes, and says nothing of whether these are the bytes that the provider meant. Throws PullEnded or PullPaused.
 */
export async function pullUnsigned(deps: CopiesDeps, access: AccessHolder, pull: UnsignedPull): Promise<UnsignedFile> {
  const folder = growingFolder(pull.copy.id)
  const { mediaType } = await fetched(deps, access, pull)
  const task: HashTask = { path: deps.blobs.localPath(`${folder}/${NAME}`), chunk: HASHED_AT_ONCE, flat: true }
  const { size, sha256 } = await deps.workers.run<HashedFile>('hash', task, { signal: pull.signal })
  await deps.blobs.write(`${folder}/agreement.json`, canonicalBytes(pull.agreement.agreement))
  return UnsignedFile.parse({ name: NAME, size, sha256, ...(mediaType === undefined ? {} : { mediaType }) })
}

type Complete = Extract<FetchTaskResult, { kind: 'complete' }>

async function fetched(deps: CopiesDeps, access: AccessHolder, pull: UnsignedPull): Promise<Complete> {
  let fruitless = 0
  let received = 0
  for (;;) {
    const onProgress = (progress: FetchTaskProgress) =>
      pull.onProgress({ ...progress, received: received + progress.received })
    const result = await tryOnce(deps, access, { ...pull, onProgress })
    onProgress(result)
    received += result.received
    if (result.kind === 'complete') return result
    fruitless = result.received > 0 ? 0 : fruitless + 1
    await afterFailure(deps, { access, pull, fruitless }, result)
  }
}

async function tryOnce(deps: CopiesDeps, access: AccessHolder, pull: UnsignedPull): Promise<FetchTaskResult> {
  const { copy, signal } = pull
  const { endpoint, authorization } = await access.current()
  const task: FetchTask = {
    target: await deps.connectTarget(endpoint).catch((error: unknown) => {
      throw refusedTarget(error)
    }),
    authorization,
    mostBytes: deps.identity.profileOf(copy.provider)?.mostCopyBytes ?? 0,
    partialPath: deps.blobs.localPath(`${growingFolder(copy.id)}/${NAME}`),
    memoryPath: deps.blobs.localPath(`${workFolder(copy.id)}/${NAME}.json`),
    idleMs: IDLE_MS,
  }
  return deps.workers.run<FetchTaskResult>('fetch', task, {
    signal,
    onProgress: (progress) => pull.onProgress(progress as FetchTaskProgress),
  })
}

interface Failure {
  readonly access: AccessHolder
  readonly pull: UnsignedPull
  readonly fruitless: number
}

/** Returns when another try makes sense now. */
async function afterFailure(
  deps: CopiesDeps,
  { access, pull, fruitless }: Failure,
  result: Exclude<FetchTaskResult, Complete>,
): Promise<void> {
  switch (result.kind) {
    case 'bad-answer':
      throw new PullEnded({
        code: 'access-ended',
        detail: `what the data endpoint answers is no file: ${result.reason}`,
      })
    case 'too-large':
      throw new PullEnded({ code: 'too-large', detail: 'the file is longer than the profile of the provider permits' })
    case 'disk-full':
      throw new PullPaused('disk-space', 'the disk of this node is full')
    case 'access-refused':
      if (fruitless >= FRUITLESS_TRIES) throw new PullPaused('provider', `the data endpoint answers ${result.status}`)
      await access.renew()
      return
    case 'interrupted':
      if (fruitless >= FRUITLESS_TRIES) throw new PullPaused('network', result.reason)
      await pause(deps, 200 * 2 ** fruitless, pull.signal)
  }
}
