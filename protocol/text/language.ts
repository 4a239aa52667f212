import { simplifiedOnly } from './simplified-only.ts'

const letter = /\p{L}/gu
const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}々〆ー]/gu
const kana = /[\p{Script=Hiragana}\p{Script=Katakana}ー]/gu
const latin = /\p{Script=Latin}/gu
const simplified: ReadonlySet<string> = new Set(simplifiedOnly.join(''))

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

function shareOfLetters(text: string, pattern: RegExp): number {
  const letters = count(text.normalize('NFKC'), letter)
  return letters === 0 ? 0 : Math.min(1, count(text.normalize('NFKC'), pattern) / letters)
}

/** Share of kana and kanji among the letters of a text, 0 to 1; 0 without letters. */
export function japaneseShare(text: string): number {
  return shareOfLetters(text, japanese)
}

/** Share of kana among the letters: near 0 in Chinese, which `japaneseShare` does not tell from Japanese. */
export function kanaShare(text: string): number {
  return shareOfLetters(text, kana)
}

/** Share of Latin letters among the letters of a text, 0 to 1; 0 without letters. */
export function latinShare(text: string): number {
  return shareOfLetters(text, latin)
}

/** How many characters of a text are written so in simplified Chinese only: a sign that a model drifted into Chinese. */
export function simplifiedOnlyCharacters(text: string): number {
  let found = 0
  for (const character of text) if (simplified.has(character)) found += 1
  return found
}
