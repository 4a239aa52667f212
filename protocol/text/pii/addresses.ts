import { type Detector, patternDetector, where } from './pii-types.ts'

const prefecture =
  '(?:北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|石川県|福井県|山梨県|長野県|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|福岡県|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県)'
const letter = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}々ヶケノー]'
/** City, ward, town or village; a district or a designated city may stand before it. */
const municipality = `(?:${letter}{1,8}?[市郡])?${letter}{1,8}?[市区町村]`
const number = '(?:\\d{1,4}|[一二三四五六七八九十百〇]{1,5})'
/** 丁目・番・号 in any of their spellings: at least two numbers, or one with its word. */
const block = `(?:${number}(?:丁目|番地?|号|条|-|の|ー){1,2}${number}(?:番地?|号)?(?:(?:-|の|ー)?${number}(?:号室?)?){0,2}|${number}(?:丁目|番地|番))`
const chome: Readonly<Record<string, number>> = { 一: 1, 二: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9, 〇: 0 }

/** One spelling for 丁目-番-号 addresses: the letters, then the numbers joined by hyphens. */
function comparable(match: RegExpExecArray): string {
  return match[0]
    .replaceAll(/[一二三四五六七八九〇](?=丁目|番|号|の|-)/gu, (digit) => String(chome[digit] ?? digit))
    .replaceAll(/\s/gu, '')
    .replaceAll(/丁目|番地?|号室?|の(?=\d)|ー(?=\d)/gu, '-')
    .replace(/-+$/u, '')
    .replaceAll(/-+/gu, '-')
}

/** Postal addresses of Japan down to the block: a prefecture or municipality alone names no dwelling. */
export const addresses: readonly Detector[] = [
  where(
    /[市区町村]/u,
    patternDetector(
      'address',
      new RegExp(`${prefecture} ?${municipality} ?${letter}{0,16}? ?${block}`, 'gu'),
      comparable,
    ),
    patternDetector(
      'address',
      new RegExp(`(?<!${letter})${municipality} ?${letter}{1,16}? ?${block}`, 'gu'),
      comparable,
    ),
  ),
  where(
    /\d [A-Z][a-z]/u,
    patternDetector(
      'address',
      /\b\d{1,5} (?:[A-Z][a-z]{1,20} ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Boulevard|Blvd|Way|Court)\b/gu,
    ),
  ),
]
