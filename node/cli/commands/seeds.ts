import { writeFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import * as z from 'zod'
import { placesOf, refuse, Refused } from '../../../protocol/refusal.ts'
import { SeedSchema } from '../../../schemas/seed-schema.ts'
import {
  ErasureReport,
  ImportProgress,
  SeedSetDescription,
  SeedSetSummary,
  SeedUpload,
  SeedEndpoints,
} from '../../../schemas/seeds.ts'
import type { CliContext } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'
import { readDocument } from '../read-document.ts'
import { openSeedFile } from '../seed-file.ts'
import { printSeedSet } from '../show-seeds.ts'

export function addSeedsCommands(program: Command, cli: CliContext): void {
  const seeds = program.command('seeds').description('private records of this node: import, describe, confirm, erase')
  addImport(seeds, cli)
  addDescribe(seeds, cli)
  seeds
    .command('list')
    .description('list the seed sets of this node')
    .action(async () => {
      const { seedSets } = await cli.api().get('/seeds', z.object({ seedSets: z.array(SeedSetSummary) }))
      cli.output.result({ seedSets }, (print) =>
        print.table(
          ['name', 'state', 'subject', 'columns', 'rows', 'to confirm', 'imported'],
          seedSets.map((set) => [
            set.name,
            set.state,
            set.subject ?? '',
            String(set.columns ?? ''),
            String(set.rows ?? ''),
            set.unconfirmed === undefined || set.unconfirmed === 0 ? '' : `${set.unconfirmed} columns`,
            set.createdAt,
          ]),
        ),
      )
    })
  seeds
    .command('erase')
    .description('erase the content and the secrets of a seed set; commitments and spent budget remain')
    .argument('<name>', 'name or id of the seed set')
    .requiredOption('--yes', 'say that it is meant: there is no way back')
    .action(async (name: string) => {
      const report = await cli.api().post(`/seeds/${encodeURIComponent(name)}/erase`, {}, ErasureReport)
      cli.output.result(report, (print) => {
        print.heading(`Erased: ${report.name}`)
        for (const line of report.removed) print.line(`  removed  ${line}`)
        for (const line of report.remains) print.line(`  remains  ${line}`)
      })
    })
}

interface ImportOptions {
  readonly name: string
  readonly schema?: string
  readonly infer?: true
  readonly format?: string
  readonly delimiter?: string
  readonly subject?: string
  readonly unit?: string
  readonly rowsPerUnit?: number
  readonly truncate?: true
  readonly controlShare?: number
  readonly capEpsilon: string
  readonly capDelta: string
}

function importCommand(seeds: Command): Command {
  return seeds
    .command('import')
    .description(
      'take a table into the node: encrypted, checked against a schema, control set drawn, commitment logged',
    )
    .argument('<file>', 'CSV (UTF-8, header), Parquet or JSON Lines; .gz is unpacked')
    .requiredOption('--name <name>', 'name of the seed set')
    .option('--schema <file>', 'schema as YAML or JSON: subject, unit, roles, types and public domains')
    .option('--infer', 'propose a schema; what it reads from the data must be confirmed before a run')
    .addOption(
      new Option('--format <format>', 'format of the file; default: by its ending').choices([
        'csv',
        'parquet',
        'jsonl',
      ]),
    )
    .option('--delimiter <character>', 'CSV: default is the comma')
    .addOption(
      new Option('--subject <subject>', 'with --infer: whom the records are about').choices([
        'persons',
        'organisation',
        'public',
      ]),
    )
    .option('--unit <column>', 'with --infer: column that names the privacy unit; default: every row is one')
    .option('--rows-per-unit <n>', 'with --infer and --unit: rows of one unit that are kept', positiveWhole)
    .option('--truncate', 'leave out further rows of a unit instead of refusing the file')
    .option(
      '--control-share <share>',
      'share of the units held back for evaluation [0.5]; 0 only for data about no person',
      share,
    )
    .addOption(new Option('--cap-epsilon <epsilon>', 'privacy budget over all runs for ever').default('3'))
    .addOption(new Option('--cap-delta <delta>', 'delta of that budget').default('1e-6'))
}

function addImport(seeds: Command, cli: CliContext): void {
  importCommand(seeds).action(async (file: string, options: ImportOptions) => {
    if ((options.schema === undefined) === (options.infer === undefined)) {
      refuse('invalid-request', 'an import needs either --schema or --infer', 'Give one of the two.')
    }
    const description = await importFile(cli, file, options)
    cli.output.result(description, (print) => {
      printSeedSet(print, description)
      if (options.infer === undefined || options.unit !== undefined) return
      print.line('Each row counts as one person or thing. If one of them has several rows, import again with')
      print.line('--unit COLUMN --rows-per-unit N, for privacy would be promised for single rows only.')
    })
  })
}

async function importFile(cli: CliContext, file: string, options: ImportOptions): Promise<SeedSetDescription> {
  const schema = options.schema === undefined ? undefined : readSchema(options.schema)
  const onBytes = (bytes: number) => cli.output.progress(`sent ${(bytes / 1e6).toFixed(1)} MB`)
  const { format, content } = await openSeedFile(file, { format: options.format, onBytes })
  const api = cli.api()
  const { uploadId } = await api.upload(`/seeds/uploads?format=${format}`, content, { schema: SeedUpload })
  const request = {
    name: options.name,
    uploadId,
    schema,
    delimiter: options.delimiter,
    subject: options.subject,
    unit: options.unit,
    rowsPerUnit: options.rowsPerUnit,
    truncate: options.truncate,
    controlPerMille: options.controlShare,
    cap: { epsilon: options.capEpsilon, delta: options.capDelta },
  }
  return api.follow('/seeds', request, {
    schema: SeedSetDescription,
    onProgress: (line) => {
      const progress = ImportProgress.safeParse(line)
      if (progress.success) cli.output.progress(`${progress.data.phase} ${progress.data.rows} rows`)
    },
  })
}

function addDescribe(seeds: Command, cli: CliContext): void {
  seeds
    .command('describe')
    .description('show a seed set to the people of this node; confirm domains or replace the schema')
    .argument('<name>', 'name or id of the seed set')
    .option('--confirm <column...>', 'declare the domains of these columns to be public knowledge')
    .option('--schema <file>', 'replace the schema by an edited one that every stored row fits')
    .option(
      '--allow-endpoint <name...>',
      'model endpoints that may see the rows besides those on this machine; replaces earlier ones',
    )
    .option('--no-endpoints', 'no model endpoint may see the rows, not even one on this machine')
    .option('--save-schema <file>', 'write the schema to a new file, to be edited')
    .action(async (name: string, options: DescribeOptions) => {
      const path = `/seeds/${encodeURIComponent(name)}`
      const schema = options.schema === undefined ? undefined : readSchema(options.schema)
      const wish = { confirm: options.confirm, schema, endpoints: endpointsOf(options) }
      const changes = Object.values(wish).some((each) => each !== undefined)
      const description = changes
        ? await cli.api().post(path, wish, SeedSetDescription)
        : await cli.api().get(path, SeedSetDescription)
      if (options.saveSchema !== undefined && description.details !== undefined) {
        const text = `${JSON.stringify(description.details.schema, null, 2)}\n`
        writeFileSync(options.saveSchema, text, { mode: 0o600, flag: 'wx' })
      }
      cli.output.result(description, (print) => {
        printSeedSet(print, description)
        if (options.saveSchema !== undefined) print.line(`Schema written to ${options.saveSchema}`)
      })
    })
}

interface DescribeOptions {
  readonly confirm?: string[]
  readonly schema?: string
  readonly allowEndpoint?: string[]
  readonly endpoints: boolean
  readonly saveSchema?: string
}

function endpointsOf({ endpoints, allowEndpoint }: DescribeOptions): SeedEndpoints | undefined {
  if (!endpoints) return { loopback: false, allowed: [] }
  return allowEndpoint === undefined ? undefined : SeedEndpoints.parse({ loopback: true, allowed: allowEndpoint })
}

function readSchema(path: string): SeedSchema {
  const parsed = SeedSchema.safeParse(readDocument(path))
  if (parsed.success) return parsed.data
  throw new Refused({
    code: 'invalid-request',
    detail: `the schema in ${path} is not valid`,
    hint: 'Correct the listed places; docs/seeds.md gives every member.',
    errors: placesOf(parsed.error),
  })
}

/** In thousandths, as the node draws it. */
function share(text: string): number {
  const value = Math.round(Number(text) * 1000)
  if (!(value >= 0 && value <= 800)) throw new InvalidArgumentError('Give a share from 0 to 0.8.')
  return value
}
