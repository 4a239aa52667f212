const digits: Readonly<Record<string, number>> = {
  〇: 0,
  零: 0,
  一: 1,
  壱: 1,
  二: 2,
  弐: 2,
  三: 3,
  参: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
}
const small: Readonly<Record<string, number>> = { 十: 10, 拾: 10, 百: 100, 千: 1000 }
const large: Readonly<Record<string, number>> = { 万: 1e4, 億: 1e8, 兆: 1e12 }

const kanji = '〇零一壱二弐三参四五六七八九十拾百千万億兆'
const arabic = String.raw`\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d+(?:\.\d+)?`
const candidates = new RegExp(`(?:(?:${arabic})|[${kanji}])(?:(?:${arabic})|[${kanji}])*`, 'gu')
const counters =
  /^(?:年|[ヶヵかカ箇]?[月所国条]|日|時|分(?![にだなでと])|秒|週|人|名|円|項|号|章|節|編|回|個|件|枚|本|歳|才|割|倍|階|番|丁目|位|点|度|種|つ目|台|冊|頭|匹|通|級|期|世紀|代|巻|問|区分|世帯|パーセント|%)/u
const before = /(?:第|令和|平成|昭和|大正|明治|約|満|金)$/u

/**
 * Values of the numbers in a text, in order, without their signs. Full-width digits, thousands commas, kanji numerals
 * (二百五十, 一二三, 3億5,000万) and mixtures count by value. A kanji numeral that may be part of a word (一般, 千葉) counts
 * only beside a counter (三条, 第五), or when it has a form that words do not have.
 */
export function numbersIn(text: string): number[] {
  const folded = text.normalize('NFKC')
  return Array.from(folded.matchAll(candidates)).flatMap((match) => {
    const [run] = match
    const at = match.index
    const beside = counters.test(folded.slice(at + run.length)) || before.test(folded.slice(Math.max(0, at - 2), at))
    return beside || /\d/u.test(run) || plain(run) ? valuesOf(run) : []
  })
}

/** Two or more positional digits, or a digit with a multiplier: forms of numbers that are rare in words. */
function plain(run: string): boolean {
  return (
    /^[〇一二三四五六七八九]{2,}$/u.test(run) ||
    /[一二三四五六七八九][十百千万億兆]/u.test(run) ||
    /[十百千][一二三四五六七八九]/u.test(run)
  )
}

/** A run may hold several numbers, as "2024" does not join with a kanji digit after it. */
function valuesOf(run: string): number[] {
  const tokens = run.match(new RegExp(`${arabic}|[${kanji}]`, 'gu')) ?? []
  const values: number[] = []
  let open: Amount | undefined
  for (const token of tokens) {
    open ??= new Amount()
    if (open.take(token)) continue
    values.push(open.value)
    open = new Amount()
    open.take(token)
  }
  return open === undefined ? values : [...values, open.value]
}

/** A number that is read from left to right: digits, then 千百十, then 兆億万. */
class Amount {
  #total = 0
  #section = 0
  #digit: number | undefined
  #positional = false
  #limit = Number.POSITIVE_INFINITY

  /** False when the token cannot continue this number. */
  take(token: string): boolean {
    if (token in digits) return this.#takeDigit(digits[token] ?? 0)
    if (token in small) {
      const digit = this.#digit ?? 1
      this.#section += digit * (small[token] ?? 1)
      this.#digit = undefined
      this.#positional = false
      return true
    }
    if (token in large) return this.#close(large[token] ?? 1)
    if (this.#digit !== undefined) return false
    this.#digit = Number(token.replaceAll(',', ''))
    return true
  }

  get value(): number {
    return this.#total + this.#section + (this.#digit ?? 0)
  }

  #takeDigit(value: number): boolean {
    if (this.#digit !== undefined && !this.#positional) return false
    this.#digit = (this.#digit ?? 0) * 10 + value
    this.#positional = true
    return true
  }

  #close(unit: number): boolean {
    if (unit >= this.#limit) return false
    const section = this.#section + (this.#digit ?? 0)
    this.#total += (section === 0 ? 1 : section) * unit
    this.#section = 0
    this.#digit = undefined
    this.#positional = false
    this.#limit = unit
    return true
  }
}
