import type { Resource } from '../../schemas/datasets.ts'
import { sha256, utf8 } from '../canonical/hash.ts'

/** A chunk that the holder of a dataset is challenged to show. */
export interface DrawnChunk {
  readonly resource: string
  readonly index: number
}

/** How many chunks of a manifest are drawn. */
export const CHALLENGE_SIZE = 3

/**
 * Chunks drawn from the root of a log head, so that the holder cannot choose them: for k = 0, 1, 2 the first six bytes
 * (big-endian) of SHA-256(`urn:tanemaki:chunk-challenge:v1` ‖ 0 ‖ root ‖ 0 ‖ manifest id ‖ 0 ‖ k), modulo the number of chunks
 * of all resources in the manifest's order. Duplicates count once. Root and k in hexadecimal and decimal text.
 */
export function drawChunks(
  root: string,
  manifest: { readonly id: string; readonly resources: readonly Resource[] },
): DrawnChunk[] {
  const total = manifest.resources.reduce((sum, { tree }) => sum + tree.leaves, 0)
  if (total === 0) return []
  const places = new Set<number>()
  for (let k = 0; k < CHALLENGE_SIZE; k += 1) {
    const digest = sha256(utf8(`urn:tanemaki:chunk-challenge:v1\0${root}\0${manifest.id}\0${k}`))
    places.add(digest.slice(0, 6).reduce((value, byte) => value * 256 + byte, 0) % total)
  }
  return [...places].map((place) => placeOf(place, manifest.resources))
}

function placeOf(place: number, resources: readonly Resource[]): DrawnChunk {
  let index = place
  for (const { name, tree } of resources) {
    if (index < tree.leaves) return { resource: name, index }
    index -= tree.leaves
  }
  throw new RangeError('no such chunk')
}
