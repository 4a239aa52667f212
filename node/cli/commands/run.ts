import type { Command } from 'commander'
import * as z from 'zod'
import { type RowRun, Run, RunProgress, type TableRun } from '../../../schemas/runs.ts'
import { type CliContext, exitCodes } from '../command.ts'
import type { Printer } from '../output.ts'
import { positiveWhole } from '../number-argument.ts'
import { waitFor } from '../waiting.ts'
import { addBindingOptions, type BindingOptions } from '../bind-recipe.ts'
import { readRecipe } from './recipe.ts'
import { addBatchCommands } from './run-batch.ts'
import { addLineageCommands } from './run-lineage.ts'
import { addReportCommand } from './run-report.ts'

interface StartOptions extends BindingOptions {
  readonly name?: string
  readonly datasetVersion: string
  readonly title?: string
  readonly description?: string
  readonly keyword?: string[]
  readonly license?: string
  readonly runSeed?: string
  readonly hold?: true
  readonly wait: boolean
}

export function addRunCommands(program: Command, cli: CliContext): void {
  const run = program.command('run').description('executions of recipes')
  addStart(run, cli)
  run
    .command('list')
    .description('list the runs of this node')
    .action(async () => {
      const { runs } = await cli.api().get('/runs', z.object({ runs: z.array(Run) }))
      cli.output.result({ runs }, (print) =>
        print.table(
          ['run', 'recipe', 'made from', 'state', 'epsilon', 'started'],
          runs.map((each) => [
            shortId(each),
            each.recipe.name,
            sourcesOf(each).join(', '),
            each.state,
            each.kind === 'dp-table' ? each.recipe.epsilon : '',
            each.createdAt,
          ]),
        ),
      )
    })
  run
    .command('status')
    .description('show a run')
    .argument('<run>', 'id of the run')
    .option('--follow', 'wait for its end and show progress')
    .action(async (id: string, options: { follow?: true }) => {
      const path = `/runs/${encodeURIComponent(id)}`
      show(cli, options.follow === true ? await follow(cli, id) : await cli.api().get(path, Run))
    })
  addAgain(run, cli)
  addBatchCommands(run, cli)
  addReportCommand(run, cli)
  addLineageCommands(run, cli)
}

function addStart(run: Command, cli: CliContext): void {
  const start = run
    .command('start')
    .description('execute a recipe and package its rows as a draft dataset')
    .argument('<recipe>', 'recipe as YAML or JSON, or the name of a shipped one')
    .option('--name <name>', 'name of the dataset; default: that of the recipe')
    .option('--dataset-version <version>', 'version of the dataset', '1.0.0')
    .option('--title <text>', 'title of the dataset')
    .option('--description <text>', 'description of the dataset')
    .option('--keyword <word...>', 'keywords of the dataset')
    .option('--license <spdx>', 'license of the dataset')
    .option('--run-seed <hex>', 'recipe of rows: 64 hexadecimal digits, to repeat what another run drew')
    .option(
      '--hold',
      'recipe of rows: do not begin; export its questions with run export-batch, or begin with run resume',
    )
    .option('--no-wait', 'return at once; look with run status')
  addBindingOptions(start).action(async (file: string, options: StartOptions) => {
    const recipe = readRecipe(file, options)
    const dataset = {
      name: options.name ?? recipe.name,
      version: options.datasetVersion,
      title: options.title,
      description: options.description,
      keywords: options.keyword,
      license: options.license,
    }
    const started = await cli
      .api()
      .post('/runs', { recipe, dataset, runSeed: options.runSeed, hold: options.hold }, Run)
    show(cli, options.wait && options.hold !== true ? await follow(cli, started.id) : started)
  })
}

function addAgain(run: Command, cli: CliContext): void {
  run
    .command('resume')
    .description('go on with a run that failed, was cancelled or lost its node; never charges its budget again')
    .argument('<run>', 'id of the run')
    .option('--limit-tokens <number>', 'spend at most so many tokens in all', positiveWhole)
    .option('--limit-money <amount>', 'spend at most so much money in all, in the currency of the prices')
    .option('--no-wait', 'return at once')
    .action(async (id: string, options: { wait: boolean; limitTokens?: number; limitMoney?: string }) => {
      const { limitTokens: tokens, limitMoney: money } = options
      const body = tokens === undefined && money === undefined ? {} : { limit: { tokens, money } }
      const resumed = await cli.api().post(`/runs/${encodeURIComponent(id)}/resume`, body, Run)
      show(cli, options.wait ? await follow(cli, resumed.id) : resumed)
    })
  run
    .command('cancel')
    .description('stop a run; budget that was charged stays spent, and the run can be resumed')
    .argument('<run>', 'id of the run')
    .action(async (id: string) => {
      show(cli, await cli.api().post(`/runs/${encodeURIComponent(id)}/cancel`, {}, Run), 'cancelled')
    })
}

function follow(cli: CliContext, id: string): Promise<Run> {
  const end = cli.api().follow(
    `/runs/${encodeURIComponent(id)}/events`,
    {},
    {
      schema: Run,
      onProgress: (line) => {
        const progress = RunProgress.safeParse(line)
        if (!progress.success) return
        const { run, phase, done, detail } = progress.data
        const said = phase === undefined ? run.state : `${phase} ${Math.round((done ?? 0) * 100)} %`
        cli.output.progress(detail === undefined ? said : `${said}, ${detail}`)
      },
    },
  )
  return waitFor(`The run goes on in the node. Look with: tanemaki run status ${id}`, end)
}

/** A run that failed or was cancelled is an answer of "no", unless cancelling was the wish. */
function show(cli: CliContext, run: Run, wished?: Run['state']): void {
  cli.output.result(run, (print) => printRun(print, run))
  const negative = (run.state === 'failed' || run.state === 'cancelled') && run.state !== wished
  process.exitCode = negative ? exitCodes.negative : exitCodes.done
}

function printRun(print: Printer, run: Run): void {
  print.fields([
    ['run', shortId(run)],
    ['state', print.paint(run.state === 'failed' ? 'red' : 'bold', run.state)],
    ['recipe', `${run.recipe.name} (${run.recipeSha256})`],
    ['made from', sourcesOf(run).join(', ')],
    ...(run.kind === 'dp-table' ? tableFields(run) : rowFields(run)),
    ...(run.datasetId === undefined
      ? []
      : ([['dataset', `${run.dataset.name}@${run.dataset.version} (${run.datasetId})`]] as const)),
    ...(run.error === undefined ? [] : ([['why', run.error]] as const)),
  ])
  if (run.state === 'completed') print.line(`Measure it with: tanemaki dataset evaluate ${run.dataset.name}`)
  if (run.state === 'failed') print.line(`Go on with: tanemaki run resume ${shortId(run)}`)
}

function tableFields({ recipe, charged }: TableRun): [string, string][] {
  const budget = charged ? `epsilon ${recipe.epsilon} at delta ${recipe.delta}, spent` : 'nothing spent'
  return [
    ['rows', String(recipe.rows)],
    ['budget', budget],
  ]
}

function rowFields({ recipe, runSeed }: RowRun): [string, string][] {
  const { target, maxCandidates } = recipe.accept
  return [
    ['rows', `${target}, of at most ${maxCandidates} candidates`],
    ['run seed', runSeed],
  ]
}

/** Names of the seed sets, persona packs and copies. */
function sourcesOf({ recipe }: Run): string[] {
  if (recipe.kind === 'dp-table') return [recipe.seedSet]
  return Object.values(recipe.sources).map((source) => {
    if ('seedSet' in source) return source.seedSet
    return 'personaPack' in source ? source.personaPack : source.copy
  })
}

function shortId(run: Run): string {
  return run.id.replace('urn:uuid:', '')
}
