import type { PersonaPack, PersonaPackId } from '../../schemas/personas.ts'
import type { CommitResult, Effects } from '../ports/effects.ts'

/** What is known about persona packs beside their records. Each method is atomic. */
export interface PersonaStore {
  /** conflict: the name is taken by a pack that is not erased. */
  addPersonaPack(pack: PersonaPack): Promise<CommitResult>
  /** By id, else the one with this name that is not erased, else the last erased one with this name. */
  personaPack(reference: string): Promise<PersonaPack | undefined>
  /** Newest first. */
  personaPacks(limit: number): Promise<PersonaPack[]>
  /** conflict: it is erased already or does not exist. */
  erasePersonaPack(id: PersonaPackId, erasedAt: string, effects: Effects): Promise<CommitResult>
}
