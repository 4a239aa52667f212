import type { RowHashing } from './seed-commitment.ts'

export type SeedSide = 'training' | 'control'

/** Where the rows of one privacy unit go, and a key under which they can be counted. */
export interface UnitPlace {
  readonly side: SeedSide
  /** 64 bits of a keyed hash of the unit: equal for the rows of a unit, meaningless without the split key. */
  readonly unitKey: bigint
}

/**
 * Draws the control set by privacy unit (reference/privacy.md §0: split by person, not by row, before anything else).
 * Each unit is a coin toss, taken from HMAC-SHA-256(key, unit): all rows of a unit fall on one side whatever their order and
 * distance in the file, no list of units is needed, and who holds neither key nor data can predict nothing.
 * `key`: 32 bytes from a CSPRNG, drawn once per seed set. `controlPerMille`: chance of the control side, 0 to 999.
 */
export function placeUnit(
  unit: string,
  split: { readonly key: Uint8Array; readonly controlPerMille: number },
  hashing: RowHashing,
): UnitPlace {
  const digest = hashing.hmac(split.key, new TextEncoder().encode(unit))
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  const coin = view.getUint32(0)
  return {
    side: coin < Math.floor((split.controlPerMille * 0x1_0000_0000) / 1000) ? 'control' : 'training',
    unitKey: view.getBigUint64(8),
  }
}

/**
 * Counts rows per unit in 17 bytes or so per unit: open addressing over 64-bit unit keys. Two units whose keys collide (chance
 * below 1e-5 for ten million units) share one count, which can only drop rows, never let a unit contribute more.
 */
export class UnitCounter {
  #keys = new BigUint64Array(1024)
  #counts = new Uint32Array(1024)
  #used = 0

  /** Number of distinct units seen. */
  get units(): number {
    return this.#used
  }

  /** Adds one row to the unit and returns how many it has now. */
  add(unitKey: bigint): number {
    if (this.#used * 2 >= this.#keys.length) this.#grow()
    const slot = this.#slot(unitKey)
    if (this.#counts[slot] === 0) {
      this.#keys[slot] = unitKey
      this.#used += 1
    }
    const count = (this.#counts[slot] ?? 0) + 1
    this.#counts[slot] = count
    return count
  }

  #slot(unitKey: bigint): number {
    const mask = this.#keys.length - 1
    let slot = Number(unitKey & 0xffff_ffffn) & mask
    while (this.#counts[slot] !== 0 && this.#keys[slot] !== unitKey) slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const keys = this.#keys
    const counts = this.#counts
    this.#keys = new BigUint64Array(keys.length * 2)
    this.#counts = new Uint32Array(keys.length * 2)
    for (let slot = 0; slot < keys.length; slot += 1) {
      const count = counts[slot] ?? 0
      if (count === 0) continue
      const key = keys[slot] ?? 0n
      const target = this.#slot(key)
      this.#keys[target] = key
      this.#counts[target] = count
    }
  }
}
