import { createHash } from 'node:crypto'

/** One atomic fact of a fictitious statute, as a seed: no model can have read it anywhere. */
export interface StatuteSeed {
  readonly id: string
  readonly article: string
  /** What the article is about. */
  readonly thing: string
  /** The article's whole text. */
  readonly passage: string
  readonly kind: 'deadline' | 'threshold' | 'exception'
  readonly question: string
  readonly answer: string
  /** What an answer must hold to be right: a number or a term. */
  readonly key: string
}

export type StatuteLanguage = 'ja' | 'en'

/** Numbers that follow from the seed alone (SHA-256 in counter mode). */
class Draws {
  readonly #seed: string
  #next = 0

  constructor(seed: string) {
    this.#seed = seed
  }

  below(n: number): number {
    const digest = createHash('sha256').update(`${this.#seed} ${this.#next}`).digest()
    this.#next += 1
    return digest.readUIntBE(0, 6) % n
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to pick from')
    return item
  }
}

interface Facts {
  readonly number: number
  readonly thing: string
  readonly office: string
  readonly days: number
  readonly limit: number
  readonly unit: string
  readonly permit: string
  readonly exempt: string
}

interface Words {
  readonly heads: readonly string[]
  readonly tails: readonly string[]
  readonly offices: readonly string[]
  readonly units: readonly string[]
  readonly permits: readonly string[]
  readonly exempt: readonly string[]
  readonly join: string
  readonly write: (facts: Facts) => readonly Omit<StatuteSeed, 'id' | 'article' | 'thing' | 'passage'>[]
  readonly article: (facts: Facts) => string
  readonly passage: (facts: Facts) => string
}

const japanese: Words = {
  heads: [
    '霧見',
    '潮返',
    '砂灯',
    '渡櫓',
    '風綴',
    '岬留',
    '藻垣',
    '浮楼',
    '灘守',
    '舟継',
    '波紋',
    '凪標',
    '塩路',
    '碇床',
    '帆影',
  ],
  tails: ['標識', '水路', '桟床', '灯籠', '係柱', '堰板', '縄張', '観測台', '貯槽', '仮堤'],
  offices: ['港湾監理院', '沿岸標準局', '潮位審査会', '海路保全官'],
  units: ['メートル', 'トン', '平方メートル', 'リットル'],
  permits: ['特別許可', '事前承認', '技術認定', '立会検査'],
  exempt: ['祭礼のための仮設', '学術調査のための設置', '災害時の応急の設置', '自家の用に供する小規模な設置'],
  join: '',
  article: ({ number }) => `第${number}条`,
  passage: ({ thing, days, office, limit, unit, permit, exempt }) =>
    `${thing}を設けた者は、設けた日から${days}日以内に${office}へ届け出なければならない。` +
    `${thing}の規模が${limit}${unit}を超えるときは、あらかじめ${office}の${permit}を受けなければならない。` +
    `ただし、${exempt}については、前二項の規定は適用しない。`,
  write: ({ thing, days, office, limit, unit, permit, exempt }) => [
    {
      kind: 'deadline',
      question: `${thing}を設けた者は、何日以内にどこへ届け出なければなりませんか。`,
      answer: `設けた日から${days}日以内に${office}へ届け出なければなりません。`,
      key: `${days}日`,
    },
    {
      kind: 'threshold',
      question: `${thing}の規模がどれほどを超えると${permit}が必要ですか。`,
      answer: `${limit}${unit}を超えるとき、${office}の${permit}が必要です。`,
      key: `${limit}${unit}`,
    },
    {
      kind: 'exception',
      question: `${thing}の届出が要らないのはどのような場合ですか。`,
      answer: `${exempt}の場合は、届出も${permit}も要りません。`,
      key: exempt,
    },
  ],
}

const english: Words = {
  heads: [
    'Mistway',
    'Tideback',
    'Sandlight',
    'Windbound',
    'Capehold',
    'Weedfence',
    'Floatlodge',
    'Strandward',
    'Calmmark',
    'Saltpath',
    'Keelbed',
    'Sailshade',
    'Reedgate',
    'Gullrest',
    'Foamline',
  ],
  tails: ['beacon', 'channel', 'landing', 'lantern', 'bollard', 'sluice', 'boom', 'lookout', 'cistern', 'dyke'],
  offices: ['Harbour Wardenry', 'Coastal Standards Office', 'Tide Review Board', 'Seaway Conservator'],
  units: ['metres', 'tonnes', 'square metres', 'litres'],
  permits: ['special licence', 'prior approval', 'technical certificate', 'attended inspection'],
  exempt: [
    'structures put up for a festival',
    'structures for scientific surveys',
    'emergency structures after a disaster',
    'small structures for private use',
  ],
  join: ' ',
  article: ({ number }) => `Article ${number}`,
  passage: ({ thing, days, office, limit, unit, permit, exempt }) =>
    `Whoever sets up a ${thing} must notify the ${office} within ${days} days. ` +
    `A ${thing} larger than ${limit} ${unit} needs a ${permit} of the ${office} beforehand. ` +
    `Neither applies to ${exempt}.`,
  write: ({ thing, days, office, limit, unit, permit, exempt }) => [
    {
      kind: 'deadline',
      question: `Within how many days must a new ${thing} be notified, and to whom?`,
      answer: `Within ${days} days, to the ${office}.`,
      key: `${days} days`,
    },
    {
      kind: 'threshold',
      question: `Above which size does a ${thing} need a ${permit}?`,
      answer: `Above ${limit} ${unit} it needs a ${permit} of the ${office}.`,
      key: `${limit} ${unit}`,
    },
    {
      kind: 'exception',
      question: `When does the duty to notify a ${thing} not apply?`,
      answer: `It does not apply to ${exempt}.`,
      key: exempt,
    },
  ],
}

/** Every exception that an article can have. */
export const exemptTerms: Readonly<Record<StatuteLanguage, readonly string[]>> = {
  ja: japanese.exempt,
  en: english.exempt,
}

/** Articles of a statute that does not exist, three facts each; the same for the same seed. At most 150 articles. */
export function fictitiousStatute(articles: number, seed: string, language: StatuteLanguage): StatuteSeed[] {
  const words = language === 'ja' ? japanese : english
  const draws = new Draws(`${language} ${seed}`)
  const things = shuffled(
    words.heads.flatMap((head) => words.tails.map((tail) => `${head}${words.join}${tail}`)),
    draws,
  )
  if (articles > things.length) throw new RangeError(`at most ${things.length} articles`)
  return things.slice(0, articles).flatMap((thing, at) => {
    const facts = {
      number: at + 1,
      thing,
      office: draws.pick(words.offices),
      days: 3 + draws.below(88),
      limit: 10 + draws.below(990),
      unit: draws.pick(words.units),
      permit: draws.pick(words.permits),
      exempt: draws.pick(words.exempt),
    }
    const shared = { article: words.article(facts), thing, passage: words.passage(facts) }
    return words.write(facts).map((fact) => ({ id: `${at + 1}-${fact.kind}`, ...shared, ...fact }))
  })
}

function shuffled<Item>(items: readonly Item[], draws: Draws): Item[] {
  return items
    .map((item) => ({ item, rank: draws.below(2 ** 40) }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
