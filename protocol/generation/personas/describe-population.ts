import type { Population } from './population.ts'
import { OPEN_GROUP_YEARS } from './population-table.ts'

/** What a reader of sampled personas must know: which figures they follow, and everything that is assumed beyond them. */
export function describePopulation({ groups, tables }: Population): { en: string; ja: string } {
  const named = (kind: 'statistics' | 'assumption') => tables.filter((table) => table.kind === kind)
  const attributes = groups.map(({ axes }) => axes.map(({ attribute }) => attribute).join(', '))
  const assumptions = named('assumption').map(({ name }) => name)
  const sources = named('statistics').map(({ name, source, licence }) => `${name} (${source}; ${licence})`)
  const together = attributes.map((group) => `{${group}}`).join(', ')
  return {
    en: [
      `Personas drawn from published shares: ${sources.join('; ')}.`,
      assumptions.length === 0
        ? ''
        : `Assumptions of whoever made this pack, not statistics: ${assumptions.join(', ')}.`,
      groups.length > 1
        ? `Independent of each other, because no table connects them: ${together}.`
        : 'All attributes are connected by tables or rules.',
      'Between the tables nothing more is assumed than they say (greatest entropy). Where a table brings an attribute, it says how that is distributed given the attributes of earlier tables, not how those are.',
      `Within an age group every year is equally likely; an open last group is taken to be ${OPEN_GROUP_YEARS} years wide.`,
      'Names are drawn evenly from the lists of @faker-js/faker 10.6.0 (MIT): they say which names there are, not how frequent they are, and they depend on sex only.',
      'Personality: t-scores, normal with mean 50 and standard deviation 10, cut at 20 and 80, independent of each other and of everything else.',
      'Nobody is a real person.',
    ]
      .filter((line) => line !== '')
      .join(' '),
    ja: [
      `公表された統計の構成比から抽出したペルソナ。統計：${sources.join('；')}。`,
      assumptions.length === 0 ? '' : `統計ではなく作成者の仮定による表：${assumptions.join('、')}。`,
      groups.length > 1
        ? `関係を示す表がないため、次の組は互いに独立と仮定：${together}。`
        : 'すべての属性が表または規則で結び付いている。',
      '表が示すこと以外は仮定していない（最大エントロピー）。新しい属性を加える表からは、先の表の属性で条件付けた分布だけを用いる。',
      `年齢階級の中では各歳を等確率とし、最後の開いた階級は${OPEN_GROUP_YEARS}年幅とみなす。`,
      '氏名は @faker-js/faker 10.6.0（MIT）の一覧から等確率で選んだもので、実際の頻度ではなく、性別のみに依存する。',
      '性格特性は平均50・標準偏差10の正規分布（20〜80で打ち切り）のt得点で、互いに、また他の属性とも独立。',
      '実在の人物ではない。',
    ].join(''),
  }
}
