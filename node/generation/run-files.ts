import type { Blobs } from '../ports/blobs.ts'

/** Folder of everything that a run keeps besides its record. */
export function runFolder(runId: string): string {
  return `runs/${runId.replace('urn:uuid:', '')}`
}

export async function removeRunFiles(blobs: Blobs, runId: string): Promise<void> {
  await blobs.remove(runFolder(runId))
}
