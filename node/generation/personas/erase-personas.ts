import * as z from 'zod'
import { instantOf } from '../../../protocol/instant.ts'
import { refuse } from '../../../protocol/refusal.ts'
import { type PersonaErasure, type PersonaPack, PersonaPackId } from '../../../schemas/personas.ts'
import type { JobHandler } from '../../ports/queue.ts'
import { removeDedupScratch } from './dedup-scratch.ts'
import type { PersonaDeps } from './personas.ts'

const QUEUE = 'personas-erase'
const Payload = z.object({ id: PersonaPackId })

/** Erases the records; the job repeats it should the process die between commit and removal. */
export async function erasePersonas(deps: PersonaDeps, { id, name }: PersonaPack): Promise<PersonaErasure> {
  const erasedAt = instantOf(deps.clock.now())
  const jobs = [{ queue: QUEUE, key: id, payload: { id } }]
  if ((await deps.personas.erasePersonaPack(id, erasedAt, { jobs })) === 'conflict') {
    refuse('conflict', 'the persona pack is erased already', 'Nothing is left to do.')
  }
  await removeFiles(deps, id)
  deps.log.info('personas-erased', { pack: id })
  return { id, name, erasedAt }
}

export function erasePersonasHandler(deps: PersonaDeps): JobHandler {
  return {
    queue: QUEUE,
    run: async (payload) => {
      await removeFiles(deps, Payload.parse(payload).id)
      return { kind: 'done' }
    },
  }
}

async function removeFiles({ personaFiles, blobs }: PersonaDeps, id: string): Promise<void> {
  await personaFiles.remove(id)
  await removeDedupScratch(blobs, id)
}
