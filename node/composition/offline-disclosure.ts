import { hashFile } from '../adapters/tabular/hash-file.ts'
import type { CheckDisclosure } from '../ports/lineage-tasks.ts'
import type { LineageVerification } from '../../schemas/lineage.ts'

/** Checks a disclosure in this process, without a node. */
export async function checkOffline(input: CheckDisclosure): Promise<LineageVerification> {
  // The reader of Parquet is large, and few commands need it.
  const { runCheckDisclosure } = await import('../adapters/workers-threads/tasks/check-disclosure.ts')
  return runCheckDisclosure(input)
}

/** SHA-256 of a file in hexadecimal, and its size. */
export function fileDigest(path: string, chunk: number): { readonly sha256: string; readonly size: number } {
  const { sha256, size } = hashFile(path, { chunk, flat: true })
  return { sha256: sha256 ?? '', size }
}
