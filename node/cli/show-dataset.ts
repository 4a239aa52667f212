import type { ChainLink, DatasetOrigin } from '../../schemas/copies.ts'
import type { DatasetEvaluation, DatasetRecord } from '../../schemas/datasets.ts'
import type { PublicReport } from '../../schemas/evaluation.ts'
import { offerLines } from './offer-lines.ts'
import type { Printer } from './output.ts'

/** The datasets that one was made from, each below what was made from it, and what is owed for them. */
export function printOrigin(print: Printer, { inputs, duties }: DatasetOrigin): void {
  if (inputs.length > 0) print.heading('made from')
  printChain(print, inputs)
  for (const { text, due } of duties) {
    print.line(due ? print.paint('red', `duty, due now: ${text.en}`) : `duty: ${text.en}`)
  }
}

export function printChain(print: Printer, links: readonly ChainLink[], depth = 1): void {
  for (const link of links) {
    const { name, datasetId, provider = 'an unknown provider', manifestId } = link
    const marks = [
      ...(link.copyId === undefined ? [] : [`copy ${link.copyId}`]),
      ...(link.withdrawn ? ['withdrawn by provider'] : []),
      ...(link.known ? [] : ['its manifest is not at this node']),
    ]
    const what = name ?? datasetId ?? 'a dataset'
    const more = marks.length === 0 ? '' : ` (${marks.join(', ')})`
    print.line(`${'  '.repeat(depth)}${what} of ${provider}, ${manifestId}${more}`)
    printChain(print, link.inputs, depth + 1)
  }
}

export function printDataset(print: Printer, record: DatasetRecord): void {
  print.heading(`${record.title} (${record.name}@${record.version})`)
  print.fields([
    ['state', record.state],
    ['id', record.id],
    ['records', String(record.records)],
    ['size', `${record.size} bytes in ${record.resources.length} file${record.resources.length === 1 ? '' : 's'}`],
    ['license', record.license],
    ['evaluation', evaluationLine(record.evaluation)],
    ...(record.release === undefined
      ? []
      : [
          ['release', `controlled, without evidence for ${record.release.lacking.join(', ')}`] as const,
          [
            'statement',
            `${record.release.statement} (${record.release.declaredBy}, ${record.release.declaredAt})`,
          ] as const,
        ]),
    ['manifest', record.manifestId ?? 'none: not published'],
    ...(record.offers.length === 0 ? [['offers', 'none'] as const] : []),
  ])
  for (const offer of record.offers) {
    print.heading(`offer ${offer['@id']}`)
    for (const line of offerLines(offer)) print.line(`  ${line}`)
  }
  print.table(
    ['file', 'records', 'bytes', 'sha256'],
    record.resources.map(({ name, records, size, digest }) => [name, String(records), String(size), digest.sha256]),
  )
}

function evaluationLine(evaluation: DatasetEvaluation | undefined): string {
  if (evaluation === undefined) return 'none'
  return `${evaluation.verdict} under rulebook ${evaluation.rulebookVersion}, ${evaluation.at}`
}

export function printEvaluation(print: Printer, report: PublicReport, evaluation: DatasetEvaluation): void {
  const passed = evaluation.verdict === 'pass'
  print.heading(print.paint(passed ? 'green' : 'red', `Verdict: ${evaluation.verdict}`))
  print.table(
    ['gate', 'verdict', 'value', 'rule'],
    report.gates.map(({ gate, verdict, value, rule }) => [gate, verdict, value ?? '', rule]),
  )
  for (const reason of evaluation.reasons) print.line(`  ${reason}`)
}
