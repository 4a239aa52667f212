import type { BoundCopy } from '../../schemas/runs.ts'
import type { Subject } from '../../schemas/seed-schema.ts'
import type { IndexedRecords } from './records.ts'

/** Copies of partners' datasets as what new datasets are made from. */
export interface CopySources {
  /**
   * Checks that something new may be made of the copy now, and that its files are those of its manifest; the answer holds what is
   * inherited. `purpose`: what for; absent: what the request under the agreement stated. Refused `not-found`, `conflict` (not
   * complete), `policy-denied` with every reason (no permission to derive, deletion due, withdrawn from all use), `manifest-refused`
   * (nothing that the files could be held against), `wrong-bytes`, `unsupported` (files that are no tables).
   */
  bind(copyId: string, purpose?: string): Promise<BoundCopy>
  /** Its records. Checks again whether they may be used; refused as `bind`, besides the reading of all bytes. */
  open(source: BoundCopy): Promise<IndexedRecords>
  /** Whom the records are about, as the provider's report says; `persons` where nothing says so. */
  subject(copyId: string): Promise<Subject>
}
