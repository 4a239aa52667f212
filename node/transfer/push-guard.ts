import type { Refusal } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { SinkFile } from '../ports/push-sink.ts'
import type { Transfers } from './operations.ts'

/** Nothing more of the push may leave; the refusal says why. */
export class PushStopped extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.detail)
    this.name = 'PushStopped'
    this.refusal = refusal
  }
}

/** Largest piece between two looks at the transfer; a chunk can be 16 MiB. */
const PIECE = 1 << 18

export interface GuardDeps {
  readonly transfers: Pick<Transfers, 'pushObjection'>
  readonly clock: Clock
  readonly bytesPerSecond?: number
}

/** The file, of which every piece is given out only as long as state and policy permit it, and no faster than it may go. */
export function guarded(deps: GuardDeps, pid: string, file: SinkFile): SinkFile {
  return { ...file, read: (range) => pieces(deps, pid, file.read(range)) }
}

async function* pieces(deps: GuardDeps, pid: string, chunks: ReturnType<SinkFile['read']>): AsyncGenerator<Uint8Array> {
  const { transfers, clock, bytesPerSecond } = deps
  const startedAt = clock.now()
  const piece = Math.min(PIECE, bytesPerSecond ?? PIECE)
  let given = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += piece) {
      const refusal = await transfers.pushObjection(pid)
      if (refusal !== undefined) throw new PushStopped(refusal)
      const bytes = chunk.subarray(at, at + piece)
      yield bytes
      given += bytes.length
      const aheadMs = bytesPerSecond === undefined ? 0 : (given / bytesPerSecond) * 1000 - (clock.now() - startedAt)
      if (aheadMs > 1) await new Promise<void>((resolve) => void clock.after(aheadMs, resolve))
    }
  }
}

/** Aborts with PushStopped as soon as the transfer may not run any more, also while the storage takes nothing, and with `stopping`. */
export function watchObjections(
  transfers: Pick<Transfers, 'watch' | 'pushObjection'>,
  pid: string,
  stopping: AbortSignal,
): { readonly signal: AbortSignal; end(): void } {
  const stopped = new AbortController()
  const watching = new AbortController()
  const watch = async () => {
    for await (const _ of transfers.watch(pid, watching.signal)) {
      const refusal = await transfers.pushObjection(pid)
      if (refusal !== undefined) stopped.abort(new PushStopped(refusal))
    }
  }
  // What the watch does not see is seen at the next piece.
  watch().catch(() => {})
  return { signal: AbortSignal.any([stopped.signal, stopping]), end: () => watching.abort() }
}
