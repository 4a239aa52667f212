import { checkLeafList } from '../../protocol/datasets/chunk-tree.ts'
import { Refused } from '../../protocol/refusal.ts'
import type { CopyRecord } from '../../schemas/copies.ts'
import type { Resource } from '../../schemas/datasets.ts'
import { Sha256 } from '../../schemas/ids.ts'
import { HttpFailure } from '../ports/http-client.ts'
import type { PullTask, PullTaskProgress, PullTaskResult } from '../ports/pull-task.ts'
import { type CopiesDeps, growingFolder, leavesPath, workFolder } from './copies-deps.ts'
import type { DataAccess } from './operations.ts'
import { manifestRefused, PullEnded, PullPaused } from './pull-ending.ts'

export const IDLE_MS = 30_000
/** Tries in a row that brought nothing before the pull rests for longer. */
export const FRUITLESS_TRIES = 5

export interface FilePull {
  readonly copy: CopyRecord
  readonly resource: Resource
  readonly signal: AbortSignal
  onProgress(progress: PullTaskProgress): void
}

/** Where the bytes are now; renewed when the provider no longer takes the token. */
export interface AccessHolder {
  current(): Promise<DataAccess>
  renew(): Promise<DataAccess>
}

/** Brings one file to the disk, verified chunk by chunk, through interruptions. Throws PullEnded or PullPaused. */
export async function pullFile(deps: CopiesDeps, access: AccessHolder, pull: FilePull): Promise<void> {
  let fruitless = 0
  let before = -1
  let received = 0
  for (;;) {
    const onProgress = (progress: PullTaskProgress) =>
      pull.onProgress({ verified: progress.verified, received: received + progress.received })
    const result = await tryOnce(deps, access, { ...pull, onProgress })
    onProgress(result)
    received += result.received
    if (result.kind === 'complete') return
    fruitless = result.verified > before ? 0 : fruitless + 1
    before = result.verified
    await afterFailure(deps, { access, pull, fruitless }, result)
  }
}

async function tryOnce(deps: CopiesDeps, access: AccessHolder, pull: FilePull): Promise<PullTaskResult> {
  const { copy, resource, signal } = pull
  const { endpoint, authorization } = await access.current()
  const leaves = await leavesOf(deps, access, pull)
  const url = `${endpoint}/${resource.name}`
  const task: PullTask = {
    target: await deps.connectTarget(url).catch((error: unknown) => {
      throw refusedTarget(error)
    }),
    authorization,
    leaves,
    size: resource.size,
    chunk: resource.tree.chunk,
    partialPath: deps.blobs.localPath(`${growingFolder(copy.id)}/${resource.name}`),
    journalPath: deps.blobs.localPath(`${workFolder(copy.id)}/${resource.name}.chunks`),
    idleMs: IDLE_MS,
  }
  return deps.workers.run<PullTaskResult>('pull', task, {
    signal,
    onProgress: (progress) => pull.onProgress(progress as PullTaskProgress),
  })
}

interface Failure {
  readonly access: AccessHolder
  readonly pull: FilePull
  readonly fruitless: number
}

type Failed = Exclude<PullTaskResult, { kind: 'complete' }>

/** Returns when another try makes sense now. */
async function afterFailure(deps: CopiesDeps, { access, pull, fruitless }: Failure, result: Failed): Promise<void> {
  const { name } = pull.resource
  switch (result.kind) {
    case 'wrong-bytes':
      throw new PullEnded({
        code: 'wrong-bytes',
        detail: `chunk ${result.chunk} of ${name} is not what the provider signed`,
        resource: name,
        chunk: result.chunk,
        expected: Sha256.parse(result.expectedLeaf),
        received: Sha256.parse(result.receivedSha256),
      })
    case 'bad-answer':
      throw new PullEnded({ code: 'access-ended', detail: `the data endpoint does not serve ranges: ${result.reason}` })
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

/** The checked leaf list, from disk when an earlier try brought it. */
async function leavesOf(deps: CopiesDeps, access: AccessHolder, { copy, resource }: FilePull): Promise<Uint8Array> {
  const path = leavesPath(copy.id, resource.name)
  if ((await deps.blobs.stat(path)) !== undefined) {
    const stored = await deps.blobs.read(path)
    if (checkLeafList(stored, resource).ok) return stored
  }
  const received = await fetchLeaves(deps, access, resource)
  const checked = checkLeafList(received, resource)
  if (!checked.ok) throw manifestRefused(`the leaf list of ${resource.name} is not the signed one (${checked.fault})`)
  await deps.blobs.write(path, received)
  return received
}

async function fetchLeaves({ http }: CopiesDeps, access: AccessHolder, resource: Resource): Promise<Uint8Array> {
  for (let renewed = false; ; renewed = true) {
    const { endpoint, authorization } = renewed ? await access.renew() : await access.current()
    const request = {
      method: 'GET',
      url: `${endpoint}/${resource.name}.leaves`,
      headers: { authorization },
      maxBytes: resource.tree.leaves * 32,
      timeoutMs: 60_000,
    } as const
    const { status, body } = await http.request(request).catch((error: unknown) => {
      throw refusedTarget(error)
    })
    if (status === 200) return body
    if (renewed || ![401, 403].includes(status))
      throw new PullPaused('provider', `the data endpoint answered ${status}`)
  }
}

export function refusedTarget(error: unknown): unknown {
  if (error instanceof HttpFailure && error.blocked) {
    return new PullEnded({ code: 'access-ended', detail: 'the address of the data is not permitted' })
  }
  return error instanceof Refused
    ? error
    : new PullPaused('network', 'the data endpoint cannot be reached', { cause: error })
}

export function pause({ clock }: CopiesDeps, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    signal.addEventListener(
      'abort',
      () => {
        cancel()
        resolve()
      },
      { once: true },
    )
  })
}
