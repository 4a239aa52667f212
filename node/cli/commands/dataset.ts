import { type Command, Option } from 'commander'
import * as z from 'zod'
import { DatasetOrigin } from '../../../schemas/copies.ts'
import { PublicReport } from '../../../schemas/evaluation.ts'
import { DatasetUpload } from '../../../schemas/dataset-requests.ts'
import { DatasetDraft, DatasetEvaluation, DatasetRecord } from '../../../schemas/datasets.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { publishedOffers, type TermsOptions, withTerms } from '../offer-terms.ts'
import { positiveWhole } from '../number-argument.ts'
import { readDocument } from '../read-document.ts'
import { parseDocument } from '../parse-document.ts'
import { openSeedFile } from '../seed-file.ts'
import { printDataset, printEvaluation, printOrigin } from '../show-dataset.ts'

const at = (reference: string) => `/datasets/${encodeURIComponent(reference)}`

export function addDatasetCommands(program: Command, cli: CliContext): void {
  const dataset = program.command('dataset').description('datasets of this node: make, measure, publish, withdraw')
  addImport(dataset, cli)
  dataset
    .command('list')
    .description('list the datasets of this node')
    .action(() => list(cli))
  dataset
    .command('show')
    .description('show a dataset: files, evaluation, offers, manifest, and the chain of what it was made from')
    .argument('<dataset>', 'name, name@version or id')
    .action(async (reference: string) => {
      const record = await cli.api().get(at(reference), DatasetRecord)
      const origin = await cli.api().get(`${at(reference)}/origin`, DatasetOrigin)
      cli.output.result({ ...record, origin }, (print) => {
        printDataset(print, record)
        printOrigin(print, origin)
      })
    })
  dataset
    .command('evaluate')
    .description('measure a dataset against the gates of the rulebook; exit code 1 when it does not pass')
    .argument('<dataset>', 'name, name@version or id')
    .action((reference: string) => evaluate(cli, reference))
  addRelease(dataset, cli)
  withTerms(dataset.command('publish'))
    .description('sign the manifest and offer the dataset to partners')
    .argument('<dataset>', 'name, name@version or id')
    .action(async (reference: string, options: TermsOptions) => {
      const body = publishedOffers(options)
      const record = await cli.api().post(`${at(reference)}/publish`, body, DatasetRecord)
      cli.output.result(record, (print) => printDataset(print, record))
    })
  dataset
    .command('withdraw')
    .description('end new agreements at once and tell the holders of copies')
    .argument('<dataset>', 'name, name@version or id')
    .requiredOption('--reason <text>', 'why; signed and logged')
    .addOption(
      new Option('--scope <scope>', 'all-use also stops running transfers').choices(['new-agreements', 'all-use']),
    )
    .action(async (reference: string, options: { reason: string; scope?: string }) => {
      const record = await cli.api().post(`${at(reference)}/withdraw`, options, DatasetRecord)
      cli.output.result(record, (print) => print.line(`withdrawn: ${record.name}@${record.version}`))
    })
}

function addRelease(dataset: Command, cli: CliContext): void {
  dataset
    .command('release')
    .description(
      'answer for a dataset about no person whose gates lack evidence; it then goes to partners by name only',
    )
    .argument('<dataset>', 'name, name@version or id')
    .requiredOption('--controlled', 'say that it is meant: partners by name, and the statement in the signed manifest')
    .requiredOption('--statement <text>', 'why this organisation answers for it; partners read it')
    .action(async (reference: string, { statement }: { statement: string }) => {
      const body = { kind: 'controlled', statement }
      const record = await cli.api().post(`${at(reference)}/release`, body, DatasetRecord)
      cli.output.result(record, (print) => printDataset(print, record))
    })
}

interface ImportOptions {
  readonly schema: string
  readonly format?: string
  readonly delimiter?: string
  readonly rowsPerPart?: number
}

function addImport(dataset: Command, cli: CliContext): void {
  dataset
    .command('import')
    .description('make a dataset of a table file, as it is')
    .argument('<file>', 'CSV (UTF-8, header), Parquet or JSON Lines; .gz is unpacked')
    .requiredOption(
      '--schema <file>',
      'YAML or JSON: name, title, description, subject, columns with types; see docs/datasets.md',
    )
    .addOption(new Option('--format <format>', 'default: by the ending').choices(['csv', 'parquet', 'jsonl']))
    .option('--delimiter <character>', 'CSV: default is the comma')
    .option('--rows-per-part <n>', 'rows of one Parquet file, default 1,000,000', positiveWhole)
    .action(async (file: string, options: ImportOptions) => {
      const record = await importFile(cli, file, options)
      cli.output.result(record, (print) => printDataset(print, record))
    })
}

async function importFile(cli: CliContext, file: string, options: ImportOptions): Promise<DatasetRecord> {
  const draft = parseDocument(DatasetDraft, readDocument(options.schema))
  const onBytes = (bytes: number) => cli.output.progress(`sent ${(bytes / 1e6).toFixed(1)} MB`)
  const { format, content } = await openSeedFile(file, { format: options.format, onBytes })
  const api = cli.api()
  const { uploadId } = await api.upload('/datasets/uploads', content, { schema: DatasetUpload })
  const { rowsPerPart, delimiter } = options
  return api.follow(
    '/datasets',
    { uploadId, format, draft, rowsPerPart, delimiter },
    {
      schema: DatasetRecord,
      onProgress: (line) => {
        const progress = z.object({ rows: z.number() }).safeParse(line)
        if (progress.success) cli.output.progress(`packaged ${progress.data.rows} rows`)
      },
    },
  )
}

const DatasetsListed = z.object({ datasets: z.array(DatasetRecord), unreadable: z.array(z.string()) })

async function list(cli: CliContext): Promise<void> {
  const { datasets, unreadable } = await cli.api().get('/datasets', DatasetsListed)
  cli.output.result({ datasets, unreadable }, (print) => {
    print.table(
      ['name', 'version', 'state', 'records', 'offers', 'title'],
      datasets.map(({ name, version, state, records, offers, title }) => [
        name,
        version,
        state,
        String(records),
        String(offers.length),
        title,
      ]),
    )
    for (const id of unreadable) print.line(`The record of ${id} cannot be read: tanemaki catalog check`)
  })
}

const Evaluated = z.object({ evaluation: DatasetEvaluation, report: PublicReport })

async function evaluate(cli: CliContext, reference: string): Promise<void> {
  const summary = await cli.api().follow(
    `${at(reference)}/evaluation`,
    {},
    {
      schema: Evaluated,
      onProgress: (line) => {
        const progress = z.object({ phase: z.string(), done: z.number() }).safeParse(line)
        if (progress.success) cli.output.progress(`${progress.data.phase} ${Math.round(progress.data.done * 100)} %`)
      },
    },
  )
  cli.output.result(summary, (print) => {
    printEvaluation(print, summary.report, summary.evaluation)
    const passed = summary.evaluation.verdict === 'pass'
    print.line(passed ? `Publish it with: tanemaki dataset publish ${reference}` : 'What helps: docs/datasets.md')
  })
  if (summary.evaluation.verdict !== 'pass') process.exitCode = exitCodes.negative
}
