import type { Clock } from './clock.ts'

/** Tells those who wait in this process that something with this key was committed. */
export interface Changes {
  announce(key: string): void
  /** Resolves with the next announcement of the key, when the signal aborts, or after a second for what others committed. */
  next(key: string, signal?: AbortSignal): Promise<void>
}

const SAFETY_NET_MS = 1000

export function createChanges(clock: Clock): Changes {
  const waiting = new Map<string, Set<() => void>>()
  return {
    announce: (key) => {
      for (const wake of waiting.get(key) ?? []) wake()
    },
    next: (key, signal) =>
      new Promise((resolve) => {
        const mine = waiting.get(key) ?? new Set()
        waiting.set(key, mine)
        const cancel = clock.after(SAFETY_NET_MS, () => wake())
        const wake = () => {
          cancel()
          mine.delete(wake)
          if (mine.size === 0 && waiting.get(key) === mine) waiting.delete(key)
          signal?.removeEventListener('abort', wake)
          resolve()
        }
        mine.add(wake)
        signal?.addEventListener('abort', wake)
        if (signal?.aborted === true) wake()
      }),
  }
}

/** The values that `read` gives, now and after every change of the key, without repetition, until one is final. */
export async function* watchChanges<Value extends { readonly version: number }>(
  changes: Changes,
  { key, read, final }: { key: string; read: () => Promise<Value | undefined>; final: (value: Value) => boolean },
  signal?: AbortSignal,
): AsyncGenerator<Value> {
  let seen: number | undefined
  for (;;) {
    if (signal?.aborted === true) return
    const changed = changes.next(key, signal)
    const value = await read()
    if (value === undefined) return
    if (value.version !== seen) yield value
    seen = value.version
    if (final(value)) return
    await changed
  }
}
