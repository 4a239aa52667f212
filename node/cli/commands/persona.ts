import { readFileSync } from 'node:fs'
import { type Command, InvalidArgumentError, Option } from 'commander'
import * as z from 'zod'
import { placesOf, refuse, Refused } from '../../../protocol/refusal.ts'
import {
  DedupReport,
  ImpossibleCombination,
  PersonaErasure,
  PersonaPack,
  PersonaPackPage,
  PersonaProgress,
  type PopulationTableFile,
  PopulationTableHeader,
} from '../../../schemas/personas.ts'
import { SeedUpload } from '../../../schemas/seeds.ts'
import type { CliContext } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'
import { readDocument } from '../read-document.ts'
import { openSeedFile } from '../seed-file.ts'
import { printDedup, printPack, printPackPage, printPacks } from '../show-personas.ts'

export function addPersonaCommands(program: Command, cli: CliContext): void {
  const persona = program
    .command('persona')
    .description('persona packs of this node: import, sample, deduplicate, show, erase')
  addImport(persona, cli)
  addSample(persona, cli)
  addDedup(persona, cli)
  persona
    .command('list')
    .description('list the persona packs of this node')
    .action(async () => {
      const { packs } = await cli.api().get('/personas', z.object({ packs: z.array(PersonaPack) }))
      cli.output.result({ packs }, (print) => printPacks(print, packs))
    })
  persona
    .command('show')
    .description('show a persona pack: licence, attribution, assumptions, distances from its tables, first records')
    .argument('<name>', 'name or id of the pack')
    .option('--examples <n>', 'records to show, at most 100', positiveWhole, 3)
    .action(async (name: string, { examples }: { examples: number }) => {
      const page = await cli.api().get(`${pathOf(name)}?examples=${examples}`, PersonaPackPage)
      cli.output.result(page, (print) => printPackPage(print, page))
    })
  persona
    .command('from-run')
    .description('make a persona pack of the rows of a completed run')
    .argument('<run>', 'id of the run')
    .requiredOption('--name <name>', 'name of the pack')
    .option('--licence <text>', 'licence of the records')
    .option('--text-field <column>', 'column with the text that says who the persona is', 'persona')
    .action(async (run: string, options: { name: string; licence?: string; textField: string }) => {
      const pack = await cli.api().post('/persona-packs-of-runs', { run, ...options }, PersonaPack)
      cli.output.result(pack, (print) => print.line(`${pack.count} personas are in ${pack.name}`))
    })
  persona
    .command('erase')
    .description('erase the records of a persona pack; its name, digest and licence remain on record')
    .argument('<name>', 'name or id of the pack')
    .requiredOption('--yes', 'say that it is meant: there is no way back')
    .action(async (name: string) => {
      const report = await cli.api().post(`${pathOf(name)}/erase`, {}, PersonaErasure)
      cli.output.result(report, (print) => print.heading(`Erased: ${report.name}`))
    })
}

const pathOf = (name: string) => `/personas/${encodeURIComponent(name)}`

function showProgress(cli: CliContext) {
  return (line: unknown) => {
    const progress = PersonaProgress.safeParse(line)
    if (!progress.success) return
    const { phase, done, total } = progress.data
    cli.output.progress(`${phase} ${done}${total === undefined ? '' : ` of ${total}`} personas`)
  }
}

interface ImportOptions {
  readonly name: string
  readonly source?: string
  readonly licence?: string
  readonly attribution?: string
  readonly textField?: string
  readonly format?: string
  readonly delimiter?: string
}

function addImport(persona: Command, cli: CliContext): void {
  persona
    .command('import')
    .description('take a file of personas into the node; Nemotron-Personas and Persona Hub are known by their columns')
    .argument('<file>', 'Parquet, JSON Lines or CSV (UTF-8, header) of any columns and size; .gz is unpacked')
    .requiredOption('--name <name>', 'name of the pack')
    .option('--source <text>', 'where the personas come from')
    .option('--licence <text>', 'licence of the records; carried by all that is derived')
    .option('--attribution <text>', 'attribution that the licence asks for; default: source and licence')
    .option('--text-field <column>', 'column with the text that says who the persona is; default: persona')
    .addOption(
      new Option('--format <format>', 'format of the file; default: by its ending').choices([
        'csv',
        'parquet',
        'jsonl',
      ]),
    )
    .option('--delimiter <character>', 'CSV: default is the comma')
    .action(async (file: string, options: ImportOptions) => {
      const onBytes = (bytes: number) => cli.output.progress(`sent ${(bytes / 1e6).toFixed(1)} MB`)
      const { format, content } = await openSeedFile(file, { format: options.format, onBytes })
      const api = cli.api()
      const { uploadId } = await api.upload(`/personas/uploads?format=${format}`, content, { schema: SeedUpload })
      const { format: _, ...said } = options
      const request = { ...said, uploadId }
      const pack = await api.follow('/personas', request, { schema: PersonaPack, onProgress: showProgress(cli) })
      cli.output.result(pack, (print) => printPack(print, pack))
    })
}

interface SampleOptions {
  readonly name: string
  readonly count: number
  readonly language: string
  readonly seed?: string
  readonly table?: string[]
  readonly never?: string
  readonly tolerance: number
}

function addSample(persona: Command, cli: CliContext): void {
  persona
    .command('sample')
    .description('draw Japanese personas from the census tables of 2020 and from tables of yours')
    .requiredOption('--name <name>', 'name of the pack')
    .requiredOption('--count <n>', 'number of personas', positiveWhole)
    .addOption(new Option('--language <language>', 'language of the texts').choices(['ja', 'en']).default('ja'))
    .option('--seed <hex>', '64 hexadecimal characters that decide every persona; default: drawn, and recorded')
    .option('--table <file...>', 'CSV with a header document beside it (FILE.yaml), which says source and licence')
    .option('--never <file>', 'YAML or JSON list of further combinations that nobody has')
    .option('--tolerance <share>', 'distance between a table and the fit that is still taken', distance, 0.01)
    .action(async (options: SampleOptions) => {
      const { name, count, language, seed, tolerance } = options
      const tables = (options.table ?? []).map(readTable)
      const never = options.never === undefined ? [] : readRules(options.never)
      const request = { name, count, language, seed, tables, never, tolerance }
      const pack = await cli
        .api()
        .follow('/personas/sample', request, { schema: PersonaPack, onProgress: showProgress(cli) })
      cli.output.result(pack, (print) => printPack(print, pack))
    })
}

interface DedupOptions {
  readonly name: string
  readonly threshold: number
  readonly features: string
  readonly permutations?: true
  readonly vectors?: string
  readonly textField?: string
}

function addDedup(persona: Command, cli: CliContext): void {
  persona
    .command('dedup')
    .description('make a pack of what is left of another without near-duplicates; started again, it goes on')
    .argument('<pack>', 'name or id of the pack')
    .requiredOption('--name <name>', 'name of the new pack')
    .option('--threshold <similarity>', 'similarity from which two personas are one', similarity, 0.9)
    .addOption(
      new Option('--features <kind>', 'what texts are compared by')
        .choices(['characters-3-5', 'characters-5', 'words-1'])
        .default('characters-3-5'),
    )
    .option('--permutations', 'signatures of 128 permutations, as Persona Hub has them; slower')
    .option('--vectors <field>', 'compare the vectors in this field by cosine instead of texts')
    .option('--text-field <field>', 'field that is compared; default: the text field of the pack')
    .action(async (name: string, options: DedupOptions) => {
      const { threshold, features, vectors } = options
      const by =
        vectors === undefined
          ? { kind: 'text', form: options.permutations === true ? 'permutations' : 'bins', features, threshold }
          : { kind: 'vector', field: vectors, threshold }
      const request = { name: options.name, by, textField: options.textField }
      const report = await cli
        .api()
        .follow(`${pathOf(name)}/dedup`, request, { schema: DedupReport, onProgress: showProgress(cli) })
      cli.output.result(report, (print) => printDedup(print, report))
    })
}

function readTable(file: string): PopulationTableFile {
  const beside = `${file.replace(/\.csv$/i, '')}.yaml`
  const header = PopulationTableHeader.safeParse(readDocument(beside))
  if (!header.success) {
    throw new Refused({
      code: 'invalid-request',
      detail: `the header document ${beside} is not valid`,
      hint: 'It has name, source, licence and attributes; docs/personas.md gives every member.',
      errors: placesOf(header.error),
    })
  }
  return { header: header.data, csv: readText(file) }
}

function readText(file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file))
  } catch (error) {
    if (error instanceof TypeError) return refuse('table-invalid', `${file} is not UTF-8`, 'Convert it first.')
    return refuse('not-found', `the file ${file} cannot be read`, 'Check the path and its rights.')
  }
}

function readRules(file: string): ImpossibleCombination[] {
  const rules = z.array(ImpossibleCombination).safeParse(readDocument(file))
  if (rules.success) return rules.data
  throw new Refused({
    code: 'invalid-request',
    detail: `the combinations in ${file} are not valid`,
    hint: 'Correct the listed places; docs/personas.md has an example.',
    errors: placesOf(rules.error),
  })
}

function distance(text: string): number {
  const value = Number(text)
  if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('Give a share between 0 and 1.')
  return value
}

function similarity(text: string): number {
  const value = Number(text)
  if (!(value >= -1 && value <= 1)) throw new InvalidArgumentError('Give a similarity of at most 1.')
  return value
}
