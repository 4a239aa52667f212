import type { CellValue } from '../../schemas/row-columns.ts'
import type { RowPreview } from '../../schemas/runs.ts'
import { harmless } from './harmless-text.ts'
import type { Printer } from './output.ts'

const MOST_CHARACTERS = 400

/** Rows that a recipe made for its preview, why the others were none, and what the whole would take. */
export function printRowPreview(print: Printer, preview: RowPreview): void {
  const { estimate, spent, candidates, rows } = preview
  for (const [at, row] of rows.entries()) {
    print.line(print.paint('bold', `row ${at + 1}`))
    print.fields(Object.entries(row).map(([name, value]) => [name, shortened(value)]))
  }
  const rejected = candidates.filter(({ accepted }) => !accepted)
  print.table(
    ['candidate', 'rejected for', 'at column'],
    rejected.map(({ index, reason, column }) => [String(index), reason ?? '', column ?? '']),
  )
  const money = estimate.money === undefined ? [] : ([['money', `${estimate.money} ${estimate.currency}`]] as const)
  print.fields([
    ['fingerprint', preview.recipeSha256],
    ['accepted', `${rows.length} of ${candidates.length}`],
    ['spent on this', `${spent.calls} calls, ${spent.tokens.inputTokens} + ${spent.tokens.outputTokens} tokens`],
    ['whole recipe', `about ${estimate.candidates} candidates`],
    ['tokens', `about ${estimate.inputTokens} in, ${estimate.outputTokens} out`],
    ...money,
    ['time', `about ${estimate.seconds} s`],
  ])
}

function shortened(value: CellValue): string {
  const text = harmless(typeof value === 'string' ? value : JSON.stringify(value))
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} …`
}
