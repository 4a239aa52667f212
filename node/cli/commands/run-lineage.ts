import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { readStrictJson } from '../../../protocol/canonical/strict-json.ts'
import { refuse } from '../../../protocol/refusal.ts'
import { DiscloseRun, LineageVerification, RunDisclosure, VerifyRun } from '../../../schemas/lineage.ts'
import { checkOffline } from '../../composition/offline-disclosure.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { checkFolder, openDisclosedFolder } from '../disclosed-folder.ts'
import { positiveWhole } from '../number-argument.ts'
import { parseDocument } from '../parse-document.ts'
import { printChecks } from '../show-checks.ts'

const LEVELS = ['0', '1', '2', '3']
const level = () =>
  new Option('--level <level>', 'how deep: 0 to 3 (docs/spec/lineage.md)').choices(LEVELS).default('1')

export function addLineageCommands(run: Command, cli: CliContext): void {
  run
    .command('verify')
    .description(
      'hold the dataset of a run of a row recipe against all that the node keeps of it; exit code 1 when it does not hold',
    )
    .argument('<run>', 'id of the run')
    .addOption(level())
    .option('--rows <number>', 'rows whose lineage is looked at, drawn anew each time', positiveWhole, 100)
    .action(async (id: string, options: { level: string; rows: number }) => {
      const request = parseDocument(VerifyRun, { level: Number(options.level), rows: options.rows })
      const path = `/runs/${encodeURIComponent(id)}/verify`
      show(cli, await cli.api().follow(path, request, { schema: LineageVerification }))
    })
  addDisclose(run, cli)
  run
    .command('check-disclosure')
    .description('check what a node disclosed of a run; needs no node and no network; exit code 1 when a check fails')
    .argument('<file>', 'what run disclose wrote')
    .requiredOption(
      '--dataset <folder>',
      'folder with the files of the dataset, and manifest.dsse.json where it was pulled',
    )
    .addOption(level())
    .option('--did-document <file>', 'DID document of the provider, obtained elsewhere than from the file')
    .option('--beacon <value>', 'value that draws the rows which had to be disclosed')
    .option('--rows <number>', 'how many rows the beacon draws', positiveWhole, 20)
    .action((file: string, options: CheckOptions) => check(cli, file, options))
}

interface DiscloseOptions {
  readonly out: string
  readonly rows?: string
  readonly beacon?: string
  readonly openSeeds?: true
  readonly yes?: true
}

function addDisclose(run: Command, cli: CliContext): void {
  run
    .command('disclose')
    .description('write what a third party needs to check how rows of a run came about')
    .argument('<run>', 'id of the run')
    .requiredOption('--out <file>', 'file to write')
    .option('--rows <rows>', 'rows to disclose: numbers from 0 as 0,17,42, or how many the beacon draws')
    .option('--beacon <value>', 'draw the rows from a value that nobody knew when the manifest was signed')
    .option(
      '--open-seeds',
      'also open the records, prompts and answers of these rows: whoever has the file can read them',
    )
    .option('--yes', 'say that opening them is meant: there is no way back')
    .action(async (id: string, options: DiscloseOptions) => {
      const request = parseDocument(DiscloseRun, requestOf(options))
      const path = `/runs/${encodeURIComponent(id)}/disclose`
      const disclosure = await cli.api().follow(path, request, { schema: RunDisclosure })
      const file = resolve(options.out)
      writeFileSync(file, `${JSON.stringify(disclosure)}\n`, { mode: 0o600 })
      const counts = { records: disclosure.records.length, opened: disclosure.opened.length }
      cli.output.result({ file, ...counts }, (print) => {
        print.fields([
          ['file', file],
          ['lineage of', `${counts.records} rows`],
          [
            'opened',
            counts.opened === 0 ? 'nothing' : `${counts.opened} rows with the records that they were made from`,
          ],
        ])
        print.line(
          'It tells the recipe, the run seed and the number of records. Check it with: tanemaki run check-disclosure',
        )
      })
    })
}

function requestOf({ rows, beacon, openSeeds, yes }: DiscloseOptions): unknown {
  if (openSeeds === true && yes !== true) {
    return refuse(
      'invalid-request',
      'records of seeds would be opened to whoever has the file',
      'Add --yes if that is meant.',
    )
  }
  const common = { openSeeds: openSeeds === true }
  if (beacon !== undefined) return { ...common, beacon: { value: beacon, rows: Number(rows ?? 20) } }
  return {
    ...common,
    rows: (rows ?? '')
      .split(',')
      .filter((row) => row !== '')
      .map(Number),
  }
}

interface CheckOptions {
  readonly dataset: string
  readonly level: string
  readonly didDocument?: string
  readonly beacon?: string
  readonly rows: number
}

async function check(cli: CliContext, file: string, options: CheckOptions): Promise<void> {
  const disclosure = parseDocument(RunDisclosure, readStrictJson(fileText(file)))
  const folder = openDisclosedFolder(resolve(options.dataset), disclosure)
  const beacon = options.beacon === undefined ? undefined : { value: options.beacon, rows: options.rows }
  const before = await checkFolder(folder, { disclosure, didDocument: options.didDocument, beacon })
  const { provenance, resources } = folder.statement.predicate
  const request = parseDocument(VerifyRun, { level: Number(options.level) })
  const wrong = before.some(({ id, verdict }) => id === 'files' && verdict === 'fail')
  if (wrong) return show(cli, { level: request.level, verdict: 'fail', checks: before, unproven: [] })
  const records = resources.reduce((sum, resource) => sum + resource.records, 0)
  const { paths } = folder
  show(cli, await checkOffline({ disclosure, level: request.level, provenance, records, paths, before }))
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return refuse('not-found', 'the file cannot be read', 'Give a file that run disclose wrote.')
  }
}

function show(cli: CliContext, verification: LineageVerification): void {
  cli.output.result(verification, (print) => {
    printChecks(print, verification)
    print.line()
    print.line('What this does not prove:')
    for (const sentence of verification.unproven) print.line(`- ${sentence}`)
  })
  process.exitCode = verification.verdict === 'pass' ? exitCodes.done : exitCodes.negative
}
