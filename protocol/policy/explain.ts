import type { Decision, Explanation, ReasonCode, Verdict, Wording } from '../../schemas/policy.ts'

/** What the words of a reason may name: the operand or action, what is required, what was found. */
export interface ReasonFacts {
  readonly term?: string
  readonly required?: string
  readonly found?: string
}

type Words = (facts: Required<ReasonFacts>) => Wording

const WORDS: Readonly<Record<ReasonCode, Words>> = {
  permitted: () => ({ en: 'Permitted.', ja: '許可されます。' }),
  'no-permission': () => ({
    en: 'Denied: no permission applies without hindrance.',
    ja: '拒否:妨げなく適用できる許可がありません。',
  }),
  'permission-applies': ({ term }) => ({ en: `“${term}” is permitted.`, ja: `「${term}」は許可されています。` }),
  'permission-does-not-apply': ({ term }) => ({
    en: `The permission to “${term}” does not apply.`,
    ja: `「${term}」の許可は適用されません。`,
  }),
  'permission-not-asked-for': ({ term }) => ({
    en: `The permission to “${term}” is not what is asked for here.`,
    ja: `「${term}」の許可は、ここで求められているものではありません。`,
  }),
  'derivation-not-permitted': () => ({
    en: 'There is no permission to “derive”: a permission to “use” does not allow new datasets to be made from the data.',
    ja: '「derive」の許可がありません。「use」の許可だけでは、このデータから新しいデータセットを作ることはできません。',
  }),
  'prohibition-applies': ({ term }) => ({ en: `“${term}” is prohibited.`, ja: `「${term}」は禁止されています。` }),
  'prohibition-does-not-apply': ({ term }) => ({
    en: `“${term}” is prohibited to the holder; the request is not hindered by that.`,
    ja: `保有者による「${term}」は禁止ですが、この要求の妨げにはなりません。`,
  }),
  'duty-accepted': ({ term, required }) => ({
    en: `Duty: ${term} until ${required}.`,
    ja: `義務:${required} までに「${term}」。`,
  }),
  'duty-overdue': ({ term, required }) => ({
    en: `The duty “${term}” was due at ${required}, which has passed.`,
    ja: `義務「${term}」の期限 ${required} は既に過ぎています。`,
  }),
  'all-hold': () => ({ en: 'All of these hold.', ja: 'すべて満たされています。' }),
  'not-all-hold': () => ({ en: 'Not all of these hold.', ja: 'すべては満たされていません。' }),
  'one-holds': () => ({ en: 'At least one of these holds.', ja: '少なくとも一つが満たされています。' }),
  'none-holds': () => ({ en: 'None of these holds.', ja: 'いずれも満たされていません。' }),
  'exactly-one-holds': () => ({ en: 'Exactly one of these holds.', ja: 'ちょうど一つが満たされています。' }),
  'not-exactly-one-holds': () => ({
    en: 'Exactly one of these must hold, and that is not so.',
    ja: 'ちょうど一つだけ満たす必要がありますが、そうなっていません。',
  }),
  'recipient-named': ({ found }) => ({
    en: `The recipient ${found} is allowed.`,
    ja: `受領者 ${found} は認められています。`,
  }),
  'recipient-not-named': ({ required, found }) => ({
    en: `Only ${required} may receive this; the recipient is ${found}.`,
    ja: `受領できるのは ${required} のみです。受領者は ${found} です。`,
  }),
  member: ({ required }) => ({
    en: `A member of the space of ${required}.`,
    ja: `${required} のスペースの参加者です。`,
  }),
  'not-member': ({ required }) => ({
    en: `No valid membership credential of ${required} was presented.`,
    ja: `${required} が発行した有効な参加証明が提示されていません。`,
  }),
  'purpose-allowed': ({ found }) => ({
    en: `The purpose “${found}” is allowed.`,
    ja: `目的「${found}」は認められています。`,
  }),
  'purpose-not-allowed': ({ required, found }) => ({
    en: `The purpose “${found}” is not allowed; allowed: ${required}.`,
    ja: `目的「${found}」は認められていません。認められる目的:${required}。`,
  }),
  'purpose-not-stated': ({ required }) => ({
    en: `No purpose was stated; allowed: ${required}.`,
    ja: `目的が示されていません。認められる目的:${required}。`,
  }),
  'time-holds': ({ required }) => ({
    en: `Within the time allowed (${required}).`,
    ja: `許可された期間内です(${required})。`,
  }),
  'too-early': ({ required }) => ({ en: `Not before ${required}.`, ja: `${required} より前は認められません。` }),
  'too-late': ({ required }) => ({ en: `The time ended at ${required}.`, ja: `期限 ${required} を過ぎています。` }),
  'count-within': ({ required, found }) => ({
    en: `Pull ${found} of ${required} allowed.`,
    ja: `許可された回数(${required})のうち ${found} 回目の取得です。`,
  }),
  'count-exhausted': ({ required, found }) => ({
    en: `This would be pull ${found}; allowed: ${required}.`,
    ja: `${found} 回目の取得になります。許可された回数:${required}。`,
  }),
  'decided-on-request': ({ term }) => ({
    en: `“${term}” is decided when the dataset is requested.`,
    ja: `「${term}」は要求時に判定されます。`,
  }),
  'action-unknown': ({ term }) => ({
    en: `The action “${term}” is not understood, so the answer is no.`,
    ja: `動作「${term}」を解釈できないため、拒否します。`,
  }),
  'operand-unknown': ({ term }) => ({
    en: `The condition “${term}” is not understood, so the answer is no.`,
    ja: `条件「${term}」を解釈できないため、拒否します。`,
  }),
  'operand-not-allowed': ({ term }) => ({
    en: `The rulebook does not allow the condition “${term}”, so the answer is no.`,
    ja: `ルールブックは条件「${term}」を認めていないため、拒否します。`,
  }),
  'operator-unknown': ({ term, required }) => ({
    en: `The operator “${required}” is not understood with “${term}”, so the answer is no.`,
    ja: `「${term}」に対する演算子「${required}」を解釈できないため、拒否します。`,
  }),
  'value-unreadable': ({ term }) => ({
    en: `The value that “${term}” is compared with cannot be read, so the answer is no.`,
    ja: `「${term}」の比較値を読み取れないため、拒否します。`,
  }),
  'member-unknown': ({ term }) => ({
    en: `The policy carries “${term}”, which is not understood, so the answer is no.`,
    ja: `解釈できない項目「${term}」を含むため、拒否します。`,
  }),
  'constraint-malformed': () => ({
    en: 'A condition is neither a comparison nor a combination of conditions, so the answer is no.',
    ja: '比較でも組み合わせでもない条件があるため、拒否します。',
  }),
  'conditional-duty': ({ term }) => ({
    en: `The duty “${term}” has conditions other than one deadline, so the answer is no.`,
    ja: `義務「${term}」に一つの期限以外の条件があるため、拒否します。`,
  }),
  'profile-unknown': ({ term }) => ({
    en: `The policy profile “${term}” is not known, so the answer is no.`,
    ja: `ポリシープロファイル「${term}」を解釈できないため、拒否します。`,
  }),
  'too-deep': () => ({
    en: 'Conditions are nested more deeply than this node reads, so the answer is no.',
    ja: '条件の入れ子が深すぎるため、拒否します。',
  }),
}

/** The words of a reason, English and Japanese. Facts that are not given read as an empty text. */
export function wordsFor(reason: ReasonCode, facts: ReasonFacts = {}): Wording {
  return WORDS[reason]({ term: facts.term ?? '', required: facts.required ?? '', found: facts.found ?? '' })
}

export interface ExplanationPart {
  readonly verdict: Verdict
  readonly reason: ReasonCode
  readonly path: string
  readonly facts?: ReasonFacts
  readonly children?: readonly Explanation[]
}

export function explanation(part: ExplanationPart): Explanation {
  return {
    verdict: part.verdict,
    reason: part.reason,
    path: part.path,
    text: wordsFor(part.reason, part.facts),
    children: [...(part.children ?? [])],
  }
}

/** The leaves that decided against: nodes that do not hold and below which nothing else fails. Empty when the root is met. */
export function decidingReasons(root: Explanation): Decision['reasons'] {
  if (root.verdict === 'met') return []
  const below = root.children.flatMap(decidingReasons)
  return below.length > 0 ? below : [{ reason: root.reason, path: root.path, text: root.text }]
}

/** The tree as lines of text, two spaces per level, a mark in front: `+` holds, `-` does not, `?` not understood. */
export function explanationLines(node: Explanation, language: 'en' | 'ja' = 'en', depth = 0): string[] {
  const mark = { met: '+', unmet: '-', unknown: '?' }[node.verdict]
  return [
    `${'  '.repeat(depth)}${mark} ${node.text[language]}`,
    ...node.children.flatMap((child) => explanationLines(child, language, depth + 1)),
  ]
}
