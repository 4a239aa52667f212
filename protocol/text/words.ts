const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })

/**
 * Words of a text, without spaces and punctuation, as `Intl.Segmenter` cuts them (UAX #29; for Japanese the dictionary of
 * ICU, so that cuts change with its version: record `process.versions.icu` beside a result that rests on them).
 */
export function words(text: string): string[] {
  return Array.from(segmenter.segment(text)).flatMap(({ segment, isWordLike }) =>
    isWordLike === true ? [segment] : [],
  )
}
