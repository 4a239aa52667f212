import { deflateRawSync } from 'node:zlib'
import * as z from 'zod'
import { checkDisclosure } from '../../../../protocol/generation/rows/lineage-checks/check-disclosure.ts'
import type { PublishedRow } from '../../../../protocol/generation/rows/lineage-checks/disclosed.ts'
import type { PublishedCell } from '../../../../protocol/generation/rows/render-output.ts'
import { AuditCheck } from '../../../../schemas/audit.ts'
import { Provenance } from '../../../../schemas/datasets.ts'
import { type LineageVerification, RunDisclosure, VerificationLevel } from '../../../../schemas/lineage.ts'
import { rowHashing } from '../../system/row-hashing.ts'
import { openParquetParts } from '../../tabular/parquet-index.ts'

const Input = z.object({
  disclosure: RunDisclosure,
  level: VerificationLevel,
  provenance: Provenance,
  records: z.int(),
  paths: z.array(z.string()),
  before: z.array(AuditCheck),
})

/** Worker task `check-disclosure`. */
export async function runCheckDisclosure(input: unknown): Promise<LineageVerification> {
  const { disclosure, level, provenance, records, paths, before } = Input.parse(input)
  async function* rows(): AsyncGenerator<PublishedRow> {
    const parts = await openParquetParts(paths)
    // Cells of a flat table are scalars.
    for (let at = 0; at < parts.records; at += 1) yield (await parts.record(at)) as Record<string, PublishedCell>
  }
  return checkDisclosure(
    disclosure,
    { provenance, records, rows },
    {
      level,
      before,
      hashing: rowHashing,
      icu: process.versions['icu'] ?? 'none',
      deflatedSize: (bytes) => deflateRawSync(bytes, { level: 9 }).length,
    },
  )
}
