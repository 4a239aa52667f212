import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { chunkCount, chunkRange } from '../../../protocol/datasets/chunk-ranges.ts'
import { nativeLeafHash } from '../tabular/native-hash.ts'

/** One byte per chunk in the journal. */
const ABSENT = 0
/** Verified and written; the disk may not have it yet. */
const WRITTEN = 1
/** Verified, written and synced. */
const DURABLE = 2

const SYNC_EVERY_BYTES = 128 * 1024 * 1024

export interface PartialFileOptions {
  readonly path: string
  readonly journalPath: string
  readonly size: number
  readonly chunk: number
  /** Checked leaf list, 32 bytes per chunk. */
  readonly leaves: Uint8Array
}

/**
 * A file that is filled chunk by chunk, with a journal of what is verified. After a killed process nothing of that is lost;
 * after a power cut the chunks that were not synced are read back and checked, and only those that do not match are missing.
 */
export class PartialFile {
  verified = 0
  readonly #options: PartialFileOptions
  readonly #file: number
  readonly #journal: number
  readonly #marks: Buffer
  #unsynced: number[] = []
  /** The running sync and what it was started with; settles, never rejects. */
  #syncing: Promise<void> | undefined
  #failure: unknown

  constructor(options: PartialFileOptions) {
    this.#options = options
    this.#marks = Buffer.alloc(chunkCount(options.size, options.chunk))
    mkdirSync(dirname(options.path), { recursive: true })
    mkdirSync(dirname(options.journalPath), { recursive: true })
    this.#file = openForUpdate(options.path)
    this.#journal = openForUpdate(options.journalPath)
    if (fstatSync(this.#journal).size === this.#marks.length)
      readSync(this.#journal, this.#marks, 0, this.#marks.length, 0)
    else ftruncateSync(this.#journal, this.#marks.length)
    if (fstatSync(this.#file).size > options.size) ftruncateSync(this.#file, options.size)
    this.#readBack()
  }

  /** Runs of chunks [from, to) that are not there, in order. */
  missing(): { readonly from: number; readonly to: number }[] {
    const runs: { from: number; to: number }[] = []
    for (const [index, mark] of this.#marks.entries()) {
      if (mark !== ABSENT) continue
      const last = runs.at(-1)
      if (last?.to === index) last.to = index + 1
      else runs.push({ from: index, to: index + 1 })
    }
    return runs
  }

  /** Takes a verified chunk: bytes first, then its mark. Throws what the disk says. */
  keep(index: number, bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    writeFully(this.#file, bytes, index * this.#options.chunk)
    this.#mark(index, WRITTEN)
    this.verified += bytes.length
    this.#unsynced.push(index)
    if (this.#unsynced.length * this.#options.chunk >= SYNC_EVERY_BYTES) this.#startSync()
  }

  /** Makes everything kept durable. */
  async sync(): Promise<void> {
    await this.#syncing
    if (this.#failure !== undefined) throw this.#failure
    fdatasyncSync(this.#file)
    for (const index of this.#unsynced) this.#marks[index] = DURABLE
    this.#unsynced = []
    writeFully(this.#journal, this.#marks, 0)
    fdatasyncSync(this.#journal)
    syncFolder(dirname(this.#options.path))
  }

  async close(): Promise<void> {
    await this.#syncing
    closeSync(this.#file)
    closeSync(this.#journal)
  }

  /** Chunks that were written but perhaps never reached the disk are believed only after a look at them. */
  #readBack(): void {
    const { size, chunk, leaves } = this.#options
    const buffer = Buffer.allocUnsafe(chunk)
    const onDisk = fstatSync(this.#file).size
    for (const [index, mark] of this.#marks.entries()) {
      const { start, end } = chunkRange(index, size, chunk)
      if (end > onDisk) {
        this.#marks[index] = ABSENT
      } else if (mark === WRITTEN) {
        const bytes = buffer.subarray(0, readSync(this.#file, buffer, 0, end - start, start))
        if (Buffer.compare(nativeLeafHash(bytes), leaves.subarray(index * 32, index * 32 + 32)) !== 0)
          this.#mark(index, ABSENT)
        else this.#unsynced.push(index)
      } else if (mark !== DURABLE) {
        this.#marks[index] = ABSENT
      }
      if (this.#marks[index] !== ABSENT) this.verified += end - start
    }
  }

  /** Syncs what is written so far while more is received. */
  #startSync(): void {
    if (this.#syncing !== undefined) return
    const batch = this.#unsynced
    this.#unsynced = []
    this.#syncing = new Promise((resolve) => {
      fdatasync(this.#file, (error) => {
        this.#syncing = undefined
        if (error === null) for (const index of batch) this.#mark(index, DURABLE)
        else this.#failure = error
        resolve()
      })
    })
  }

  #mark(index: number, mark: number): void {
    this.#marks[index] = mark
    writeFully(this.#journal, this.#marks.subarray(index, index + 1), index)
  }
}

/** Opens for reading and writing, creates when absent, keeps what is there. */
function openForUpdate(path: string): number {
  try {
    return openSync(path, 'r+')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return openSync(path, 'wx+', 0o600)
    throw error
  }
}

/** Makes the names in a folder durable. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

function writeFully(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, position + at)
}
