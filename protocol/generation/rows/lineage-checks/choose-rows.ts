import { sha256, utf8 } from '../../../canonical/hash.ts'

/**
 * Rows that an auditor has opened, ascending: drawn from SHA-256 over the manifest's id and a beacon that nobody knew when the
 * manifest was signed, so that neither side can choose them. Draw k is SHA-256(`urn:tanemaki:row-choice:v1`, a zero byte, manifest id,
 * a zero byte, beacon, a zero byte, k in decimal); its first 8 bytes as a big-endian number, modulo the rows, is the
 * row; repetitions are passed over. At most as many as there are rows.
 */
export function chooseRows(
  { manifestId, beacon }: { readonly manifestId: string; readonly beacon: string },
  { count, rows }: { readonly count: number; readonly rows: number },
): number[] {
  const chosen = new Set<number>()
  for (let draw = 0; chosen.size < Math.min(count, rows); draw += 1) {
    const digest = sha256(utf8(`urn:tanemaki:row-choice:v1\0${manifestId}\0${beacon}\0${draw}`))
    const word = new DataView(digest.buffer, digest.byteOffset, 8).getBigUint64(0)
    chosen.add(Number(word % BigInt(rows)))
  }
  return [...chosen].toSorted((a, b) => a - b)
}
