import type { BoundSource } from '../../../schemas/runs.ts'
import type { Subject } from '../../../schemas/seed-schema.ts'
import type { IndexedRecords } from '../../ports/records.ts'

/** Persona packs as a run reads them. */
export interface PersonaSources {
  /** By name. Refused `not-found`. */
  bind(name: string): Promise<Extract<BoundSource, { kind: 'persona-pack' }>>
  /** Refused `conflict` when the pack is gone or is another one now. */
  open(id: string, digest: string): Promise<IndexedRecords>
  subject(id: string): Promise<Subject>
  /** Source, licence and attribution, for everyone. */
  credit(id: string): Promise<Readonly<Record<string, string>>>
  /** Whether the endpoint may see the records: a pack that was made from seeds is as private as they are. */
  mayBeSeenBy(id: string, endpoint: { readonly name: string; readonly loopback: boolean }): Promise<boolean>
}
