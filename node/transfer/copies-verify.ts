import { checkLeafList, readLeafList } from '../../protocol/datasets/chunk-tree.ts'
import { equalBytes } from '../../protocol/canonical/hash.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { CopyRecord, CopyVerification, FileVerification } from '../../schemas/copies.ts'
import type { ManifestId, Resource } from '../../schemas/datasets.ts'
import { isDid, Sha256 } from '../../schemas/ids.ts'
import type { HashedFile, HashTask } from '../ports/hash-task.ts'
import { type CopiesDeps, copyFolder, leavesPath } from './copies-deps.ts'
import { keptManifest } from './kept-manifest.ts'

const MOST_NAMED_CHUNKS = 100
const HASHED_AT_ONCE = 1024 * 1024

export interface FollowVerification {
  /** Also compute the flat digest of other tools. */
  readonly flat?: boolean
  readonly onProgress?: (progress: { readonly bytes: number; readonly total: number }) => void
  readonly signal?: AbortSignal
}

/** Reads the copy back from the disk and holds it against the manifest beside it, whose signature is checked again. */
export async function verifyCopy(
  deps: CopiesDeps,
  copy: CopyRecord,
  follow: FollowVerification,
): Promise<CopyVerification> {
  if (copy.state !== 'complete') refuse('conflict', 'the copy is not complete', 'Wait for the pull to end.')
  const { manifestId } = copy
  if (manifestId === undefined) return verifyUnsigned(deps, copy, follow)
  const manifest = await manifestHolds(deps, { ...copy, manifestId })
  const files = await verifyFiles(deps, copy, follow)
  const ok = manifest && files.every((file) => file.ok)
  return { copyId: copy.id, manifestId, manifest, files, ok }
}

async function manifestHolds(
  { blobs, identity }: CopiesDeps,
  copy: CopyRecord & { readonly manifestId: ManifestId },
): Promise<boolean> {
  const kept = await keptManifest(blobs, copyFolder(copy.id), copy.manifestId)
  return kept !== undefined && isDid(copy.provider) && identity.verifyStatement(kept.envelope, copy.provider)
}

type FileDeps = Pick<CopiesDeps, 'blobs' | 'workers'>

/** Holds every file of the copy against its tree. */
export async function verifyFiles(
  deps: FileDeps,
  copy: CopyRecord,
  follow: FollowVerification,
): Promise<FileVerification[]> {
  const files: FileVerification[] = []
  let done = 0
  for (const resource of copy.resources) {
    const onBytes = (bytes: number) => follow.onProgress?.({ bytes: (done += bytes), total: copy.size })
    files.push(await verifyFile(deps, copy, { resource, follow, onBytes }))
  }
  return files
}

/** Nothing was signed: what can be said is whether the files are still as they arrived. */
async function verifyUnsigned(
  deps: CopiesDeps,
  copy: CopyRecord,
  { onProgress, signal }: FollowVerification,
): Promise<CopyVerification> {
  const files: FileVerification[] = []
  let done = 0
  for (const { name, size, sha256 } of copy.unsigned) {
    const path = `${copyFolder(copy.id)}/${name}`
    if ((await deps.blobs.stat(path)) === undefined) {
      files.push({ name, ok: false, wrongChunks: [], reason: 'the file is missing' })
      continue
    }
    const task: HashTask = { path: deps.blobs.localPath(path), chunk: HASHED_AT_ONCE, flat: true }
    const hashed = await deps.workers.run<HashedFile>('hash', task, {
      onProgress: (progress) =>
        onProgress?.({ bytes: (done += (progress as { bytes: number }).bytes), total: copy.size }),
      ...(signal === undefined ? {} : { signal }),
    })
    const ok = hashed.size === size && hashed.sha256 === sha256
    const found = { name, ok, wrongChunks: [], sha256: Sha256.parse(hashed.sha256) }
    files.push(ok ? found : { ...found, reason: 'the bytes are not those that arrived' })
  }
  return { copyId: copy.id, files, ok: files.every((file) => file.ok) }
}

interface FileCheck {
  readonly resource: Resource
  readonly follow: FollowVerification
  onBytes(bytes: number): void
}

async function verifyFile(deps: FileDeps, copy: CopyRecord, check: FileCheck): Promise<FileVerification> {
  const { name, size, tree, digest } = check.resource
  const path = `${copyFolder(copy.id)}/${name}`
  const found = await deps.blobs.stat(path)
  if (found === undefined) return { name, ok: false, wrongChunks: [], reason: 'the file is missing' }
  const { flat = false, signal } = check.follow
  const task: HashTask = { path: deps.blobs.localPath(path), chunk: tree.chunk, flat }
  const hashed = await deps.workers.run<HashedFile>('hash', task, {
    onProgress: (progress) => check.onBytes((progress as { bytes: number }).bytes),
    ...(signal === undefined ? {} : { signal }),
  })
  const treeHolds = hashed.size === size && hashed.tree.root === tree.root
  const flatHolds = hashed.sha256 === undefined || hashed.sha256 === digest.sha256
  const wrongChunks = treeHolds ? [] : await wrongChunksOf(deps, copy, { resource: check.resource, hashed })
  const sha256 = hashed.sha256 === undefined ? {} : { sha256: Sha256.parse(hashed.sha256) }
  const reason = hashed.size === size ? 'the bytes are not the signed ones' : 'the size is not the signed one'
  return { name, ok: treeHolds && flatHolds, wrongChunks, ...sha256, ...(treeHolds && flatHolds ? {} : { reason }) }
}

interface Mismatch {
  readonly resource: Resource
  readonly hashed: HashedFile
}

/** Which chunks differ, from the checked leaf list of the pull. */
async function wrongChunksOf({ blobs }: FileDeps, copy: CopyRecord, { resource, hashed }: Mismatch): Promise<number[]> {
  const path = leavesPath(copy.id, resource.name)
  if ((await blobs.stat(path)) === undefined) return []
  const signed = checkLeafList(await blobs.read(path), resource)
  const actual = readLeafList(hashed.leaves)
  if (!signed.ok || actual === undefined) return []
  const wrong: number[] = []
  for (let index = 0; index < signed.leaves.count && wrong.length < MOST_NAMED_CHUNKS; index += 1) {
    const same = index < actual.count && equalBytes(signed.leaves.leaf(index), actual.leaf(index))
    if (!same) wrong.push(index)
  }
  return wrong
}
