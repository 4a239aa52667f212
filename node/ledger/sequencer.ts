import { digestHex, type HashFunction } from '../../protocol/canonical/hash.ts'
import { formatCheckpoint, openCheckpoint } from '../../protocol/ledger/checkpoint.ts'
import { type NoteKey, signNote } from '../../protocol/ledger/signed-note.ts'
import { edgeRoot, emptyEdge, growTree, type TreeEdge } from '../../protocol/ledger/tiles.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Checkpoint } from '../../schemas/ledger.ts'
import type { Clock } from '../ports/clock.ts'
import { errorFields, type Logger } from '../telemetry/logger.ts'
import type { LogFiles } from './log-files.ts'
import type { LedgerStore, LogHead } from './store.ts'

const MAX_BATCH = 256

export interface SequencerDeps {
  readonly store: LedgerStore
  readonly files: LogFiles
  readonly clock: Clock
  readonly log: Logger
  readonly hash: HashFunction
  readonly key: () => Promise<NoteKey>
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>
  /** Longest time in ms that a committed leaf waits for company. */
  readonly batchDelayMs: number
}

/** Puts queued leaves into the tree. One at a time; every step may be the last before a crash (docs/spec/ledger.md §6). */
export interface Sequencer {
  /** Passes the gate; throws Refused `ledger-inconsistent`. */
  start(): Promise<void>
  wake(): void
  /** Sequences what is queued now; throws what went wrong. */
  drain(): Promise<void>
  stop(): Promise<void>
  /** The published head. */
  published(): LogHead | undefined
}

interface Tree {
  readonly head: LogHead | undefined
  readonly edge: TreeEdge
}

/** Grows the tree batch by batch. */
function createGrower(deps: SequencerDeps) {
  /** undefined after any failure: what is stored and on disk is then read again before the tree grows. */
  let tree: Tree | undefined
  let published: LogHead | undefined
  return {
    published: () => published,
    /** False when there was nothing to do. */
    step: async (): Promise<boolean> => {
      try {
        tree ??= await recover(deps)
        published = tree.head
        const next = await growOnce(deps, tree)
        if (next === undefined) return false
        tree = next
        published = next.head
        deps.log.info('log-grew', { size: next.edge.size })
        return true
      } catch (error) {
        tree = undefined
        throw error
      }
    },
  }
}

export function createSequencer(deps: SequencerDeps): Sequencer {
  const { step, published } = createGrower(deps)
  let last: Promise<unknown> = Promise.resolve()
  let cancelTimer: (() => void) | undefined
  let failures = 0
  let running = false

  const drain = (): Promise<void> => {
    const turn = last.then(async () => {
      while (await step()) failures = 0
    })
    last = turn.catch(() => undefined)
    return turn
  }
  const schedule = (delay: number) => {
    if (cancelTimer !== undefined || !running) return
    cancelTimer = deps.clock.after(delay, () => {
      cancelTimer = undefined
      drain().catch((error: unknown) => {
        failures += 1
        deps.log.error('log-stuck', { failures, ...errorFields(error) })
        schedule(Math.min(30_000, 500 * 2 ** Math.min(failures, 6)))
      })
    })
  }
  return {
    start: async () => {
      running = true
      await drain()
    },
    wake: () => schedule(deps.batchDelayMs),
    drain,
    stop: async () => {
      running = false
      cancelTimer?.()
      cancelTimer = undefined
      await last
    },
    published,
  }
}

/** One batch in the order that never shows an uncommitted tree: sign, commit with the files staged, publish, clear the stage. */
async function growOnce(deps: SequencerDeps, tree: Tree): Promise<Tree | undefined> {
  const leaves = await deps.store.queued(MAX_BATCH)
  if (leaves.length === 0) return undefined
  const { edge, files } = growTree(
    tree.edge,
    leaves.map(({ bytes }) => bytes),
    deps.hash,
  )
  const key = await deps.key()
  const root = digestHex(edgeRoot(edge, deps.hash))
  const text = formatCheckpoint({ origin: key.name, size: edge.size, root })
  const head = { size: edge.size, root, checkpoint: await signNote(text, key, deps.sign) }
  const leafIds = leaves.map(({ id }) => id)
  const result = await deps.store.commitBatch({ from: tree.head, head, leafIds, files, at: deps.clock.now() })
  if (result === 'conflict') throw new Error('another process moved the head of the log')
  await deps.files.publish(files, head.checkpoint)
  await deps.store.clearStage()
  return { head, edge }
}

/** Brings disk and store to one state and proves that they are; refuses when they cannot be. */
async function recover(deps: SequencerDeps): Promise<Tree> {
  const head = await deps.store.head()
  const shown = await deps.files.checkpoint()
  const checkpoint = shown === undefined ? undefined : openCheckpoint(shown, await deps.key())
  if (shown !== undefined && checkpoint === undefined)
    return inconsistent('the published checkpoint is not signed by the key of this log under its origin')
  const staged = await deps.store.staged()
  checkGate(head, checkpoint, staged.length > 0)
  if (head === undefined) return { head, edge: emptyEdge }
  if (staged.length > 0) {
    await deps.files.publish(staged, head.checkpoint)
    await deps.store.clearStage()
  }
  const edge = await deps.files.edge(head.size)
  if (digestHex(edgeRoot(edge, deps.hash)) !== head.root)
    return inconsistent('the published tiles do not have the root that was signed')
  return { head, edge }
}

function checkGate(head: LogHead | undefined, shown: Checkpoint | undefined, staged: boolean): void {
  const [stored, published] = [head?.size ?? 0, shown?.size ?? 0]
  if (published > stored) inconsistent(`${published} leaves are published but the store knows only ${stored}`)
  if (published === stored && head !== undefined && head.root !== shown?.root)
    inconsistent('what is published and what is stored are different trees of the same size')
  if (published < stored && !staged)
    inconsistent(`${stored} leaves were signed but only ${published} are published, and the rest is not staged`)
}

function inconsistent(detail: string): never {
  return refuse(
    'ledger-inconsistent',
    detail,
    'Nothing is signed until this is resolved. Restore the data folder as a whole, never the database or the log alone.',
  )
}
