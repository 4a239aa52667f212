import type { PersonaEffect, RunReport, TextDiversity } from '../../schemas/run-report.ts'
import type { Printer } from './output.ts'

const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const short = (value: number) => value.toFixed(3)

/** The tables of a run's report; parts without figures are left out. */
export function printReport(print: Printer, report: RunReport): void {
  const { funnel, complete } = report
  print.heading(`${report.recipe.name}${complete ? '' : ' (the run has not ended)'}`)
  print.fields([
    ['accepted', `${funnel.accepted} of ${funnel.candidates} candidates (${percent(funnel.yield)})`],
    ...costFields(report.cost),
  ])
  print.table(
    ['rejected for', 'at column', 'candidates'],
    funnel.rejected.map(({ reason, column, candidates }) => [reason, column ?? '', String(candidates)]),
  )
  if (report.cost.columns.length > 0) printCalls(print, report.cost)
  if (report.diversity !== undefined) printDiversity(print, report.diversity)
  printCopying(print, report)
  printCoverage(print, report)
  printJudges(print, report)
  if (report.parameters.length > 0) {
    print.heading('drawn parameters')
    print.table(
      ['column', 'parameter', 'calls', 'from', 'mean', 'to', 'mean of accepted'],
      report.parameters.map((each) => [
        each.column,
        each.parameter,
        String(each.calls),
        short(each.min),
        short(each.mean),
        short(each.max),
        each.acceptedMean === undefined ? '' : short(each.acceptedMean),
      ]),
    )
  }
}

function costFields({ calls, tokens, tokensPerRow, money, moneyPerRow, currency }: RunReport['cost']) {
  const perRow = tokensPerRow === undefined ? '' : `, ${tokensPerRow.toFixed(1)} for each row`
  const paid = moneyPerRow === undefined ? '' : `, ${moneyPerRow} for each row`
  return [
    ['calls', String(calls)],
    ['tokens', `${tokens.inputTokens} in (${tokens.cachedInputTokens} cached), ${tokens.outputTokens} out${perRow}`],
    ...(money === undefined ? [] : [['money', `${money} ${currency}${paid}`] as const]),
  ] as const
}

function printCalls(print: Printer, { columns }: RunReport['cost']): void {
  print.table(
    ['column', 'calls', 'asked again', 'tokens in', 'tokens out', 'answered by'],
    columns.map(({ column, calls, again, tokens, served }) => [
      column,
      String(calls),
      String(again),
      String(tokens.inputTokens),
      String(tokens.outputTokens),
      served.map((each) => `${each.model} (${each.calls})`).join(', '),
    ]),
  )
}

function printDiversity(print: Printer, diversity: TextDiversity): void {
  const { distinct, selfBleu, entropy, vectors, exactDuplicates, nearDuplicates, tokens } = diversity
  print.heading('diversity')
  const of = tokens.icu === undefined ? tokens.unit : `${tokens.unit}, ICU ${tokens.icu}`
  print.fields([
    ['measured on', `${diversity.texts} rows (${of})`],
    [
      'distinct',
      `${distinct.runs.map(({ n, share }) => `${n}: ${short(share)}`).join('  ')} (${distinct.tokens} tokens)`,
    ],
    [
      'self-BLEU',
      `${selfBleu.scores.map(({ n, score }) => `${n}: ${short(score)}`).join('  ')} (${selfBleu.texts} rows)`,
    ],
    ['entropy of pairs', `${entropy.bits.toFixed(2)} bits`],
    ['compression', diversity.compressionRatio.toFixed(2)],
    ['vectors', `${vectors.from}: mean distance ${short(vectors.meanDistance)}`],
    ['nearest row', `mean ${short(vectors.nearest.mean)}, 95 % below ${short(vectors.nearest.p95)}`],
    [
      'Vendi score',
      vectors.vendi.map((each) => `q=${each.order}: ${each.score.toFixed(1)} of ${each.texts}`).join('  '),
    ],
    ['exact duplicates', `${percent(exactDuplicates.share)} of ${exactDuplicates.texts}`],
    ['near-duplicates', `${percent(nearDuplicates.share)} of ${nearDuplicates.texts}`],
  ])
}

function printCopying(print: Printer, { copying }: RunReport): void {
  if (copying.length === 0) return
  print.heading('copied from records')
  print.table(
    ['source', 'runs of', 'own record', '95 %', 'flagged', 'longest span', 'any other record', 'flagged'],
    copying.map(({ source, unit, run, own, longestSpan, others, rows }) => [
      source,
      `${run} ${unit}`,
      percent(own.mean),
      percent(own.p95),
      `${own.flagged} of ${rows}`,
      String(longestSpan.max),
      percent(others.mean),
      `${others.flagged} of ${rows}`,
    ]),
  )
}

function printCoverage(print: Printer, { coverage, minPerLeft, marginals }: RunReport): void {
  if (coverage.length === 0) return
  print.heading('coverage')
  print.table(
    ['source', 'records', 'tried', 'with a row', 'with 5 or more', 'Gini'],
    coverage.map(({ source, records, tried, accepted, enough, gini }) =>
      [source, records, tried, accepted, enough.records, short(gini)].map(String),
    ),
  )
  if (minPerLeft !== undefined) {
    print.line(`${minPerLeft.short} records have fewer than ${minPerLeft.wanted} rows.`)
  }
  if (marginals.length === 0) return
  print.table(
    ['source', 'field', 'accepted against all', 'by chance'],
    marginals.map(({ source, field, distance, byChance }) => [source, field, short(distance), short(byChance)]),
  )
}

function printJudges(print: Printer, { judges, agreement }: RunReport): void {
  if (judges.length === 0) return
  print.heading('judges')
  print.table(
    ['column', 'score', 'judged', 'mean (95 %)', 'mean of accepted', 'given'],
    judges.map(({ column, score, judged, mean, interval, acceptedMean, counts }) => [
      column,
      score,
      String(judged),
      mean === undefined || interval === undefined
        ? ''
        : `${short(mean)} (${short(interval.low)} to ${short(interval.high)})`,
      acceptedMean === undefined ? '' : short(acceptedMean),
      counts.map((each) => `${each.option}: ${each.judged}`).join('  '),
    ]),
  )
  for (const { score, columns, both, equal, kappa } of agreement) {
    const said = kappa === undefined ? 'no kappa' : `weighted kappa ${short(kappa)}`
    print.line(`${columns.join(' and ')} on ${score}: equal for ${percent(equal)} of ${both}, ${said}`)
  }
}

export function printEffect(
  print: Printer,
  { rows, distinct2, vendi, nearDuplicates, favoursPersonas }: PersonaEffect,
) {
  print.heading('effect of personas')
  print.fields([
    ['compared on', `${rows} rows of each run`],
    ['distinct pairs', signed(distinct2)],
    ['Vendi score', signed(vendi)],
    ['near-duplicates', signed(nearDuplicates)],
    ['in all', favoursPersonas ? 'personas made rows more diverse' : 'personas did not make rows more diverse'],
  ])
}

const signed = (value: number) => `${value > 0 ? '+' : ''}${short(value)}`
