/** The five traits of personality, in the order of their name. */
export const TRAITS = ['openness', 'conscientiousness', 'extraversion', 'agreeableness', 'neuroticism'] as const
export type Trait = (typeof TRAITS)[number]
export type Language = 'en' | 'ja'

export const LEVELS = ['very low', 'low', 'average', 'high', 'very high'] as const
export type Level = (typeof LEVELS)[number]

/** Of 2^32 words, those that give a t-score of 20, of 21 at most, … of 49 at most: the normal distribution function at t + ½. */
const below50 = [
  6824143, 9388633, 12797986, 17285476, 23133321, 30678139, 40315593, 52503710, 67764308, 86681955, 109899879,
  138112296, 172052769, 212478337, 260149425, 315805765, 380138929, 453762323, 537179873, 630754844, 734680468,
  848954158, 973357067, 1107440613, 1250521333, 1401684998, 1559800476, 1723543207, 1891427609, 2061847129,
]
/** For every leading byte of a word the score from which to look on. */
const startAt = Uint8Array.from({ length: 256 }, (_, byte) => {
  const word = byte * 2 ** 24
  return word < 2 ** 31 ? scoreFrom(20, word) : 100 - scoreFrom(20, 2 ** 32 - 1 - word)
})

function scoreFrom(least: number, word: number): number {
  let score = least
  while (score < 50 && word >= (below50[score - 20] ?? 0)) score += 1
  return score
}

/**
 * A t-score as Nemotron-Personas has them: normal with mean 50 and standard deviation 10, whole, cut at 20 and 80. The word is
 * uniform over 32 bits; only whole numbers are compared, so the score is the same on every machine.
 */
export function traitScore(word: number): number {
  if (word < 2 ** 31) return scoreFrom(Math.max(20, startAt[word >>> 24] ?? 20), word)
  return 100 - scoreFrom(20, 2 ** 32 - 1 - word)
}

/** 20–34 very low, 35–44 low, 45–54 average, 55–64 high, 65–80 very high. */
export function levelOf(score: number): Level {
  const at = [35, 45, 55, 65].filter((bound) => score >= bound).length
  return LEVELS[at] ?? 'average'
}

const JAPANESE_LEVELS: Readonly<Record<Level, string>> = {
  'very low': '非常に低い',
  low: '低い',
  average: '平均的',
  high: '高い',
  'very high': '非常に高い',
}

export function levelName(level: Level, language: Language): string {
  return language === 'en' ? level : JAPANESE_LEVELS[level]
}

/** What a level of a trait looks like in a person; for prompts. In the order of LEVELS. */
const DESCRIPTIONS: Readonly<Record<Language, Readonly<Record<Trait, readonly string[]>>>> = {
  en: {
    openness: [
      'Holds firmly to what is familiar and has little use for new ideas.',
      'Prefers proven ways and practical matters to experiments.',
      'Tries new things when there is a reason to, and otherwise stays with what works.',
      'Is curious, likes to learn and enjoys unusual ideas.',
      'Is full of imagination and always looks for new ideas and experiences.',
    ],
    conscientiousness: [
      'Lives by impulse and rarely plans or finishes things.',
      'Takes order and deadlines lightly.',
      'Is reliable where it matters and relaxed elsewhere.',
      'Is organised and careful, and finishes what was begun.',
      'Plans everything, keeps high standards and does not rest before a duty is done.',
    ],
    extraversion: [
      'Is very quiet and most at ease alone.',
      'Is reserved and prefers a few close people to company.',
      'Enjoys company and quiet hours alike.',
      'Is sociable, talkative and active.',
      'Seeks people and excitement wherever possible and fills every room.',
    ],
    agreeableness: [
      'Is blunt and competitive, and distrusts the motives of others.',
      'Speaks critically and puts own interests first.',
      'Is friendly, and says no when it is necessary.',
      'Is considerate and ready to help.',
      'Is warm and trusting, and puts the needs of others before own ones.',
    ],
    neuroticism: [
      'Is hardly ever shaken, even by heavy blows.',
      'Stays calm and recovers quickly from trouble.',
      'Worries at times, as most people do.',
      'Is sensitive to stress and worries easily.',
      'Is often anxious, and moods change quickly.',
    ],
  },
  ja: {
    openness: [
      '慣れ親しんだものを固く守り、新しい考えにはほとんど関心を示さない。',
      '実績のある方法や実用的なことを好み、試行は控えめである。',
      '理由があれば新しいことを試し、それ以外は慣れたやり方を続ける。',
      '好奇心があり、学ぶことや変わった発想を楽しむ。',
      '想像力が豊かで、常に新しい発想や体験を求める。',
    ],
    conscientiousness: [
      '衝動のままに行動し、計画を立てたりやり遂げたりすることはまれである。',
      '整理整頓や期限にはあまりこだわらない。',
      '大切なことには責任を持ち、それ以外では肩の力を抜く。',
      'きちんとしていて注意深く、始めたことはやり遂げる。',
      '何事も計画的で基準が高く、務めを果たすまで手を止めない。',
    ],
    extraversion: [
      'とても物静かで、一人でいるときに最も落ち着く。',
      '控えめで、大勢よりも親しい少数の人との時間を好む。',
      '人と過ごす時間も一人の静かな時間も楽しむ。',
      '社交的でよく話し、活動的である。',
      '常に人や刺激を求め、その場の中心になる。',
    ],
    agreeableness: [
      '率直で競争心が強く、他人の意図を疑いやすい。',
      '批判的にものを言い、自分の利益を優先しがちである。',
      '親しみやすく、必要なときには断ることもできる。',
      '思いやりがあり、進んで人を助ける。',
      '温かく人を信じやすく、自分より他人の必要を優先する。',
    ],
    neuroticism: [
      '大きな打撃にもほとんど動じない。',
      '落ち着いていて、困難からの立ち直りが早い。',
      '多くの人と同じように、ときどき心配する。',
      'ストレスに敏感で、心配しやすい。',
      '不安になることが多く、気分が変わりやすい。',
    ],
  },
}

export function describeTrait(trait: Trait, level: Level, language: Language): string {
  return DESCRIPTIONS[language][trait][LEVELS.indexOf(level)] ?? ''
}
