import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs } from '../node/adapters/blobs-fs/blobs-fs.ts'
import { createFileKeys, openFileKeys } from '../node/adapters/keys-file/file-keys.ts'
import { openDatabase } from '../node/adapters/sqlite/open.ts'
import { createPersonaStore } from '../node/adapters/sqlite/persona-store.ts'
import { rowHashing } from '../node/adapters/system/row-hashing.ts'
import { systemClock } from '../node/adapters/system/system-clock.ts'
import { systemRandom } from '../node/adapters/system/system-random.ts'
import { recordReader } from '../node/adapters/tabular/record-reader.ts'
import { tasks } from '../node/adapters/workers-threads/tasks.ts'
import { createPersonas, type Personas } from '../node/generation/personas/personas.ts'
import type { Workers } from '../node/ports/workers.ts'

export interface PersonaScene extends AsyncDisposable {
  readonly personas: Personas
  readonly folder: string
  /** Tasks begun so far. */
  begun(): number
  /** Lets the task of this number fail, counted from now on. */
  failAt(task: number): void
  /** As after the start of the process. */
  start(): Promise<void>
}

/** Persona packs on real files, keys and tables; worker tasks run in this thread, and fail when they are told to. */
export async function openPersonaScene(): Promise<PersonaScene> {
  const folder = await mkdtemp(join(tmpdir(), 'tanemaki-personas-'))
  await createFileKeys(join(folder, 'node.key'), folder)
  let begun = 0
  let failing = Number.POSITIVE_INFINITY
  const workers: Workers = {
    run: async <Result>(task: string, input: unknown) => {
      begun += 1
      if (begun === failing) throw new Error('the worker died')
      const run = await tasks[task]?.()
      return run?.(structuredClone(input), () => {}) as Result
    },
  }
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const packs = createPersonas({
    personas: createPersonaStore(openDatabase(':memory:')),
    blobs: await openBlobs(join(folder, 'blobs')),
    keys: await openFileKeys(join(folder, 'node.key'), folder),
    random: systemRandom,
    clock: systemClock,
    records: recordReader,
    hashing: rowHashing,
    workers,
    log,
  })
  return {
    personas: packs.personas,
    folder,
    start: () => packs.start(),
    begun: () => begun,
    failAt: (task) => {
      failing = begun + task
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
