import { type Detector, patternDetector, where } from './pii-types.ts'
import { surnames } from './surnames.ts'

/** Longest first, so that 佐々木 is not read as a shorter name. */
const surname = `(?:${[...new Set(surnames)].toSorted((a, b) => b.length - a.length).join('|')})`
const given = '(?:\\p{Script=Han}{1,3}|\\p{Script=Hiragana}{2,4}|\\p{Script=Katakana}{2,5})'
const honorific = '(?:様|さま|さん|氏|殿|先生|君|ちゃん|くん)'
const label = '(?:氏名|名前|お名前|本名|担当者?|代表者?|患者|申請者|契約者|name)'
const notLetter = '(?<![\\p{Script=Han}\\p{Script=Katakana}])'

const joined = (match: RegExpExecArray): string => (match.groups?.['datum'] ?? match[0]).replaceAll(/[ ・]/gu, '')
const latin = (match: RegExpExecArray): string => (match.groups?.['datum'] ?? match[0]).toLowerCase()

const fullName = patternDetector(
  'name',
  new RegExp(`${notLetter}(?<datum>${surname}[ ・]?${given}) ?${honorific}`, 'gu'),
  joined,
)
const labelledName = patternDetector(
  'name',
  new RegExp(`${label}[は:： ]{1,3}(?<datum>${surname}[ ・]?${given})(?![\\p{Script=Han}])`, 'giu'),
  joined,
)
const spacedName = patternDetector(
  'name',
  new RegExp(`${notLetter}(?<datum>${surname} ${given})(?![\\p{Script=Han}\\p{Script=Katakana}])`, 'gu'),
  joined,
)
const surnameOnly = patternDetector(
  'surname',
  new RegExp(`${notLetter}(?<datum>${surname}) ?${honorific}`, 'gu'),
  joined,
)
const titled = '\\b(?:Mr|Mrs|Ms|Miss|Dr|Prof)\\.? '
const latinName = patternDetector(
  'name',
  new RegExp(`${titled}(?<datum>[A-Z][a-z]{1,20}(?: [A-Z]\\.)? [A-Z][a-z]{1,20})\\b`, 'gu'),
  latin,
)
const latinSurname = patternDetector('surname', new RegExp(`${titled}(?<datum>[A-Z][a-z]{1,20})\\b`, 'gu'), latin)

/** First year of each era, minus one. */
const eras: Readonly<Record<string, number>> = {
  明治: 1867,
  大正: 1911,
  昭和: 1925,
  平成: 1988,
  令和: 2018,
  m: 1867,
  t: 1911,
  s: 1925,
  h: 1988,
  r: 2018,
}
const kanjiDigits: Readonly<Record<string, number>> = {
  元: 1,
  〇: 0,
  一: 1,
  二: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
}

/** Up to 99 in digits or kanji. */
function small(text: string): number {
  if (/^\d+$/u.test(text)) return Number(text)
  const [tens, units] = text.includes('十') ? text.split('十') : ['', text]
  const ten = text.includes('十') ? (tens === '' ? 1 : (kanjiDigits[tens ?? ''] ?? 0)) : 0
  return ten * 10 + (kanjiDigits[units ?? ''] ?? 0)
}

const day = '(?:\\d{1,2}|[元一二三四五六七八九十]{1,3})'
const era = '(?<era>明治|大正|昭和|平成|令和|[MTSHR])'
const date = `(?:${era} ?\\.?(?<eraYear>${day})(?:年| ?[./-] ?)|(?<year>(?:18|19|20)\\d{2}) ?(?:年|[./-]) ?)(?<month>${day}) ?(?:月|[./-]) ?(?<day>${day})日?`
const birth = '(?:生年月日|誕生日|出生|生まれ|date of birth|birth ?date|dob|born(?: on)?)'

function birthDate(match: RegExpExecArray): string | undefined {
  const { groups = {} } = match
  const base = eras[(groups['era'] ?? '').toLowerCase()]
  const year = base === undefined ? Number(groups['year']) : base + small(groups['eraYear'] ?? '')
  const [month, day] = [small(groups['month'] ?? ''), small(groups['day'] ?? '')]
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}

/** Dates that the text itself calls a date of birth; a date alone says nothing about a person. */
const birthDates: readonly Detector[] = [
  patternDetector('birth-date', new RegExp(`${birth}[^\\d\\n]{0,8}?${date}`, 'giu'), birthDate),
  patternDetector('birth-date', new RegExp(`${date} ?(?:生まれ|生(?!活|産|徒|命)|出生)`, 'giu'), birthDate),
]

/** Names by surname with an honorific, a label or a space, and dates of birth. */
export const persons: readonly Detector[] = [
  where(new RegExp(honorific, 'u'), fullName),
  where(new RegExp(label, 'iu'), labelledName),
  where(/\p{Script=Han} [\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u, spacedName),
  latinName,
  where(/生|born|birth|dob/iu, ...birthDates),
  where(new RegExp(honorific, 'u'), surnameOnly),
  latinSurname,
]
