/** Version of `normaliseForComparison`; it is part of what decides a result, so fingerprints hold it. */
export const TEXT_NORMALISATION = 'v1'

/** Default_Ignorable_Code_Point (UAX #44): zero-width characters, soft hyphen, variation selectors; they change no word. */
export const invisible = /\p{Default_Ignorable_Code_Point}/gu
/** Hyphens, dashes and the minus sign that NFKC keeps apart. */
export const hyphens = /[\u2010-\u2015\u2212]/gu

/**
 * The copy of a text that is compared, deduplicated and searched; what is stored stays byte-exact. Unicode NFKC (UAX #15),
 * one hyphen for U+2010–2015, U+2212 and U+FF0D, runs of white space as one space, no variation selectors or zero-width
 * characters, lower case. Names in compatibility ideographs (U+FA19) change irreversibly in it.
 */
export function normaliseForComparison(text: string): string {
  const letters = text.replace(invisible, '').normalize('NFKC').toLowerCase().normalize('NFKC')
  return letters.replace(invisible, '').replace(hyphens, '-').replaceAll(/\s+/gu, ' ').trim()
}

/** Code points of a text; lengths of texts are counted in these. */
export function codePoints(text: string): Uint32Array {
  const points = new Uint32Array(text.length)
  let size = 0
  for (const character of text) {
    points[size] = character.codePointAt(0) ?? 0
    size += 1
  }
  return points.subarray(0, size)
}
