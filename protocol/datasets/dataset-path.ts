import { sha256Hex, utf8 } from '../canonical/hash.ts'

const UUID = /^urn:uuid:([0-9a-f-]{36})$/

/** Name of what a node stores under a dataset id: one segment of a path. The UUID where the id is one, otherwise the SHA-256 of the id. */
export function datasetPath(id: string): string {
  return UUID.exec(id)?.[1] ?? sha256Hex(utf8(id))
}
