import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { BoundSource } from '../../../schemas/runs.ts'
import type { Subject } from '../../../schemas/seed-schema.ts'

/** Records that a run reads, in any order, any number of times. */
export interface OpenSource {
  readonly records: number
  /** Of 0 to `records` − 1. */
  record(index: number): Promise<RowRecord>
}

/** Persona packs as a run reads them. */
export interface PersonaSources {
  /** By name. Refused `not-found`. */
  bind(name: string): Promise<Extract<BoundSource, { kind: 'persona-pack' }>>
  /** Refused `conflict` when the pack is gone or is another one now. */
  open(id: string, digest: string): Promise<OpenSource>
  subject(id: string): Promise<Subject>
  /** Source, licence and attribution, for everyone. */
  credit(id: string): Promise<Readonly<Record<string, string>>>
  /** Whether the endpoint may see the records: a pack that was made from seeds is as private as they are. */
  mayBeSeenBy(id: string, endpoint: { readonly name: string; readonly loopback: boolean }): Promise<boolean>
}

/** Copies of partners' datasets as a run reads them. */
export interface CopySources {
  /** Refused when the agreement does not allow to make something new of the copy, for the purpose. */
  bind(copyId: string, purpose: string | undefined): Promise<Extract<BoundSource, { kind: 'copy' }>>
  open(copyId: string): Promise<OpenSource>
  subject(copyId: string): Promise<Subject>
}
