import type { RunReport } from '../../../../schemas/run-report.ts'
import { type Bar, histogram, horizontalBars } from './svg.ts'

export type PlotLanguage = 'en' | 'ja'

export interface Plot {
  /** File name without its ending, for example `judge-critic-grounded`. */
  readonly name: string
  readonly svg: string
}

interface Labels {
  readonly funnel: string
  readonly funnelSays: (candidates: number, accepted: number) => string
  readonly candidates: string
  readonly accepted: string
  readonly at: (reason: string, column: string) => string
  readonly rows: (source: string) => string
  readonly rowsSay: (records: number, gini: string) => string
  readonly rowsAxis: string
  readonly nearest: string
  readonly nearestSays: (texts: number, p95: string, from: string) => string
  readonly nearestAxis: string
  readonly judge: (column: string, score: string) => string
  readonly judgeSays: (judged: number, mean: string | undefined) => string
  readonly judgeAxis: string
  readonly reasons: Readonly<Record<string, string>>
}

const ENGLISH: Labels = {
  funnel: 'What became of the candidates',
  funnelSays: (candidates, accepted) => `${accepted} of ${candidates} candidates were accepted; the others by reason.`,
  candidates: 'candidates',
  accepted: 'accepted',
  at: (reason, column) => `${reason} (${column})`,
  rows: (source) => `Accepted rows per record of ${source}`,
  rowsSay: (records, gini) => `${records} records were tried; Gini coefficient ${gini}.`,
  rowsAxis: 'accepted rows of one record',
  nearest: 'How near each row is to the row most like it',
  nearestSays: (texts, p95, from) => `${texts} rows, by ${from}; 95 % are not nearer than ${p95}.`,
  nearestAxis: 'cosine similarity',
  judge: (column, score) => `Scores of ${column}: ${score}`,
  judgeSays: (judged, mean) => `${judged} candidates were judged${mean === undefined ? '' : `; mean ${mean}`}.`,
  judgeAxis: 'score',
  reasons: {},
}
const JAPANESE: Labels = {
  funnel: '候補の結果',
  funnelSays: (candidates, accepted) => `候補${candidates}件のうち${accepted}件を採用。残りは理由別。`,
  candidates: '候補',
  accepted: '採用',
  at: (reason, column) => `${reason}（${column}）`,
  rows: (source) => `${source}の1件あたりの採用行数`,
  rowsSay: (records, gini) => `${records}件を使用。ジニ係数${gini}。`,
  rowsAxis: '1件あたりの採用行数',
  nearest: '最も似た行との近さ',
  nearestSays: (texts, p95, from) => `${texts}行（${from}）。95％は${p95}以下。`,
  nearestAxis: 'コサイン類似度',
  judge: (column, score) => `${column}の評点：${score}`,
  judgeSays: (judged, mean) => `候補${judged}件を評価${mean === undefined ? '' : `。平均${mean}`}。`,
  judgeAxis: '評点',
  reasons: {
    accept: '採用条件を満たさない',
    'near-duplicate': '既存の行とほぼ同じ',
    truncated: '回答が途中で切れた',
    'content-filter': '内容フィルター',
    parse: '回答を読み取れない',
    schema: 'スキーマに合わない',
    empty: '回答が空',
    lying: '応答が不正',
    refused: 'モデルが拒否',
    timeout: '時間切れ',
    server: 'サーバーの障害',
    render: 'テンプレートの失敗',
    conversion: '型の変換の失敗',
  },
}

/** The pictures of a report: funnel, rows per record of each source, nearest neighbours, and one for each judge score. */
export function reportPlots(report: RunReport, language: PlotLanguage): Plot[] {
  const labels = language === 'ja' ? JAPANESE : ENGLISH
  const nearest = report.diversity === undefined ? [] : [nearestPlot(report.diversity, labels, language)]
  return [
    { name: 'funnel', svg: funnelPlot(report.funnel, labels, language) },
    ...report.coverage.map((coverage) => ({
      name: `rows-per-record-${coverage.source}`,
      svg: rowsPlot(coverage, labels, language),
    })),
    ...nearest,
    ...report.judges.map((judge) => ({
      name: `judge-${judge.column}-${judge.score}`,
      svg: judgePlot(judge, labels, language),
    })),
  ]
}

const MOST_REASONS = 20

function funnelPlot({ candidates, accepted, rejected }: RunReport['funnel'], labels: Labels, language: string): string {
  const said = (count: number) => `${count} (${((100 * count) / Math.max(1, candidates)).toFixed(1)} %)`
  const bars: Bar[] = [
    { label: labels.candidates, value: candidates, said: String(candidates) },
    { label: labels.accepted, value: accepted, said: said(accepted) },
    ...rejected.slice(0, MOST_REASONS).map(({ reason, column, candidates: count }) => {
      const word = labels.reasons[reason] ?? reason
      return { label: column === undefined ? word : labels.at(word, column), value: count, said: said(count) }
    }),
  ]
  return horizontalBars({
    title: labels.funnel,
    description: labels.funnelSays(candidates, accepted),
    language,
    bars,
  })
}

function rowsPlot(
  { source, tried, gini, rowsPerRecord }: RunReport['coverage'][number],
  labels: Labels,
  language: string,
) {
  return histogram({
    title: labels.rows(source),
    description: labels.rowsSay(tried, gini.toFixed(2)),
    language,
    axis: labels.rowsAxis,
    bars: rowsPerRecord.map(({ from, to, records }) => ({
      label: from >= to ? String(from) : `${from}–${to}`,
      value: records,
      said: String(records),
    })),
  })
}

function nearestPlot({ vectors }: NonNullable<RunReport['diversity']>, labels: Labels, language: string): Plot {
  const { nearest, texts, from } = vectors
  const svg = histogram({
    title: labels.nearest,
    description: labels.nearestSays(texts, nearest.p95.toFixed(2), from),
    language,
    axis: labels.nearestAxis,
    bars: nearest.counts.map((count, at) => ({
      label: (at / nearest.counts.length).toFixed(2),
      value: count,
      said: String(count),
    })),
  })
  return { name: 'nearest-neighbours', svg }
}

function judgePlot(
  { column, score, judged, mean, counts }: RunReport['judges'][number],
  labels: Labels,
  language: string,
) {
  return histogram({
    title: labels.judge(column, score),
    description: labels.judgeSays(judged, mean?.toFixed(2)),
    language,
    axis: labels.judgeAxis,
    bars: counts.map(({ option, judged: count }) => ({ label: String(option), value: count, said: String(count) })),
  })
}
