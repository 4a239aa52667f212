import type { Run, RunProgress } from '../../schemas/runs.ts'

/** Who works on which run in this process, and who watches. */
export interface RunBoard {
  /** Signal for the work on a run: aborts when the run is cancelled or the outer signal does. */
  begin(runId: string, outer: AbortSignal): { readonly signal: AbortSignal; end(): void }
  cancel(runId: string): void
  publish(progress: RunProgress): void
  watch(runId: string, watcher: (progress: RunProgress) => void): () => void
}

/** The person cancelled; what the work was for is decided already. */
export class RunCancelled extends Error {
  constructor() {
    super('the run was cancelled')
    this.name = 'RunCancelled'
  }
}

export function isResting(run: Run): boolean {
  return run.state === 'completed' || run.state === 'failed' || run.state === 'cancelled'
}

export function createRunBoard(): RunBoard {
  const working = new Map<string, AbortController>()
  const watchers = new Map<string, Set<(progress: RunProgress) => void>>()
  return {
    begin: (runId, outer) => {
      const controller = new AbortController()
      working.set(runId, controller)
      return {
        signal: AbortSignal.any([outer, controller.signal]),
        end: () => {
          if (working.get(runId) === controller) working.delete(runId)
        },
      }
    },
    cancel: (runId) => working.get(runId)?.abort(new RunCancelled()),
    publish: (progress) => {
      for (const watcher of watchers.get(progress.run.id) ?? []) watcher(progress)
    },
    watch: (runId, watcher) => {
      const set = watchers.get(runId) ?? new Set()
      set.add(watcher)
      watchers.set(runId, set)
      return () => {
        set.delete(watcher)
        if (set.size === 0) watchers.delete(runId)
      }
    },
  }
}
