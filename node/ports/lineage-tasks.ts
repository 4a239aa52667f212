import type { AuditCheck } from '../../schemas/audit.ts'
import type { Provenance } from '../../schemas/datasets.ts'
import type { RunDisclosure, VerificationLevel } from '../../schemas/lineage.ts'

/** Input of the worker task `check-disclosure`; result: LineageVerification. */
export interface CheckDisclosure {
  readonly disclosure: RunDisclosure
  readonly level: VerificationLevel
  readonly provenance: Provenance
  /** Rows that the dataset says it has. */
  readonly records: number
  /** Its Parquet parts in row order, on this machine's disk. */
  readonly paths: readonly string[]
  /** Checks that the caller made. */
  readonly before: readonly AuditCheck[]
}
