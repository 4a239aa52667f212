import { type Outcome, OutcomeSegment } from '../../../schemas/outcomes.ts'
import type { Blobs } from '../../ports/blobs.ts'
import type { Keys } from '../../ports/keys.ts'
import { runFolder } from '../run-files.ts'

const MOST_OUTCOMES = 500
const MOST_CHARACTERS = 4 * 1024 * 1024

interface Files {
  readonly blobs: Blobs
  readonly keys: Keys
}

const folder = (runId: string) => `${runFolder(runId)}/outcomes`

/** Outcomes of a run in the order of the candidates, without a gap from candidate 0 on. */
export async function* readOutcomes({ blobs, keys }: Files, runId: string): AsyncGenerator<Outcome> {
  for (const path of await blobs.list(folder(runId))) {
    const opened = await keys.open(path, await blobs.read(path))
    yield* OutcomeSegment.parse(JSON.parse(new TextDecoder().decode(opened))).outcomes
  }
}

/**
 * Keeps outcomes by the hundred. Those that a crash takes with it are made again from the answers, which are kept one by one:
 * nothing is asked again for them.
 */
export interface OutcomeWriter {
  add(outcome: Outcome): Promise<void>
  flush(): Promise<void>
}

export function createOutcomeWriter({ blobs, keys }: Files, runId: string): OutcomeWriter {
  let waiting: Outcome[] = []
  let characters = 0
  const flush = async () => {
    const [first] = waiting
    if (first === undefined) return
    const path = `${folder(runId)}/${String(first.index).padStart(12, '0')}`
    const bytes = new TextEncoder().encode(JSON.stringify({ outcomes: waiting }))
    waiting = []
    characters = 0
    await blobs.write(path, await keys.seal(path, bytes))
  }
  return {
    add: async (outcome) => {
      waiting.push(outcome)
      characters += roughSize(outcome)
      if (waiting.length >= MOST_OUTCOMES || characters >= MOST_CHARACTERS) await flush()
    },
    flush,
  }
}

/** In characters; texts are what counts. */
export function roughSize({ cells, calls }: Outcome): number {
  let size = 256 + calls.length * 320
  for (const value of Object.values(cells)) size += typeof value === 'string' ? value.length : cellSize(value)
  return size
}

function cellSize(value: unknown): number {
  return typeof value === 'object' && value !== null ? JSON.stringify(value).length : 16
}
