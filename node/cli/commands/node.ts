import { type Command, Option } from 'commander'
import * as z from 'zod'
import { Refused } from '../../../protocol/refusal.ts'
import { CatalogCheck } from '../../../schemas/catalog.ts'
import { Settings } from '../../../schemas/config.ts'
import { environmentName } from '../../config/env.ts'
import type { ApiClient } from '../api-client.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { diagnose } from '../diagnose.ts'

const NodeStatus = z.object({
  name: z.string(),
  did: z.string(),
  publicUrl: z.string(),
  managementPort: z.int(),
  pid: z.int(),
  startedAt: z.string(),
  version: z.string(),
  jobs: z.object({ dead: z.int() }),
})

/** What a setting is when nobody sets it, in brackets; empty where it has no default. */
function fallbackOf(schema: z.ZodType): string {
  const fallback = schema.safeParse(undefined)
  return fallback.success && fallback.data !== undefined ? ` [${JSON.stringify(fallback.data)}]` : ''
}

/** A line per setting for --help: its name, environment variable, default and meaning. */
function settingsHelp(): string {
  const lines = Object.entries(Settings.shape).map(([name, schema]) => {
    return `  ${name} (${environmentName(name)})${fallbackOf(schema)}\n      ${schema.description ?? ''}`
  })
  return `\nSettings (tanemaki.json in the data folder, or environment):\n${lines.join('\n')}`
}

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

export function addNodeCommands(program: Command, cli: CliContext): void {
  const node = program.command('node').description('create, start and inspect the node in the data folder')
  addInit(node, cli)
  node
    .command('start')
    .description('start the node and keep it running until it is interrupted')
    .addHelpText('after', settingsHelp())
    .action(async () => {
      const { startNode } = await import('../../main.ts')
      await startNode(cli.dataDir())
    })
  node
    .command('status')
    .description('show whether the node runs, and as whom')
    .action(async () => {
      const api = cli.api()
      const status = { ...(await api.get('/node', NodeStatus)), catalog: await catalogStatus(api) }
      const { catalog } = status
      cli.output.result(status, (print) =>
        print.fields([
          ['name', status.name],
          ['DID', status.did],
          ['public', status.publicUrl],
          ['management', `port ${status.managementPort}`],
          ['running since', `${status.startedAt} (process ${status.pid}, version ${status.version})`],
          ['jobs given up', status.jobs.dead === 0 ? '0' : `${status.jobs.dead}, see: tanemaki node jobs`],
          ...(catalog === undefined ? [] : [['catalog', catalogLine(catalog)] as const]),
        ]),
      )
    })
  addJobs(node, cli)
  node
    .command('doctor')
    .description('check this machine and the data folder; needs no running node')
    .action(async () => {
      const findings = await diagnose(cli.dataDir())
      const sound = findings.every((finding) => finding.verdict !== 'fail')
      cli.output.result({ sound, findings }, (print) =>
        print.table(
          ['check', 'verdict', 'evidence'],
          findings.map(({ check, verdict, evidence }) => [
            check,
            print.paint(verdict === 'fail' ? 'red' : 'green', verdict),
            evidence,
          ]),
        ),
      )
      process.exitCode = sound ? exitCodes.done : exitCodes.negative
    })
}

const Dead = z.object({
  jobs: z.array(
    z.object({
      id: z.string(),
      queue: z.string(),
      key: z.string(),
      error: z.string(),
      attempts: z.int(),
      failedAt: z.number(),
    }),
  ),
})

/** Work that was tried until its deadline and then given up, most often because a partner did not answer. */
function addJobs(node: Command, cli: CliContext): void {
  node
    .command('jobs')
    .description('work that was given up, with its last error; what it is about is named in the third column')
    .action(async () => {
      const { jobs } = await cli.api().get('/jobs/dead', Dead)
      cli.output.result({ jobs }, (print) => {
        const rows = jobs.map(({ id, queue, key, attempts, failedAt, error }) => [
          id,
          queue,
          key,
          String(attempts),
          new Date(failedAt).toISOString(),
          error,
        ])
        if (rows.length === 0) print.line('Nothing was given up.')
        else print.table(['job', 'work', 'about', 'tries', 'given up', 'last error'], rows)
      })
    })
  node
    .command('retry')
    .description('do work again that was given up; without an id all of it')
    .argument('[job]', 'id of the job, from node jobs')
    .action(async (id: string | undefined) => {
      const api = cli.api()
      const ids = id === undefined ? (await api.get('/jobs/dead', Dead)).jobs.map((job) => job.id) : [id]
      for (const each of ids) await api.post(`/jobs/dead/${encodeURIComponent(each)}/retry`, {}, z.unknown())
      cli.output.result({ retried: ids }, (print) => print.line(`${ids.length} put back to work.`))
    })
}

type CatalogStatus = { readonly published: number; readonly leftOut: number }

/** Undefined when the node says that it cannot tell: before it is in a space it has no catalog. */
async function catalogStatus(api: ApiClient): Promise<CatalogStatus | undefined> {
  try {
    const { published, faults } = await api.get('/catalog/check', CatalogCheck)
    return { published, leftOut: new Set(faults.map(({ dataset }) => dataset)).size }
  } catch (error) {
    if (error instanceof Refused) return undefined
    throw error
  }
}

function catalogLine({ published, leftOut }: CatalogStatus): string {
  return `${published} published${leftOut === 0 ? '' : `, ${leftOut} left out or without an offer: tanemaki catalog check`}`
}

function addInit(node: Command, cli: CliContext): void {
  const init = node.command('init').description('create the data folder: settings, keys and an empty store')
  for (const [name, schema] of Object.entries(Settings.shape)) {
    init.addOption(new Option(`--${kebab(name)} <value>`, `${schema.description ?? ''}${fallbackOf(schema)}`))
  }
  init.action(async (given: Record<string, string>) => {
    const { initialiseNode } = await import('../../init-node.ts')
    const { did, settings } = await initialiseNode(cli.dataDir(), given)
    cli.output.result({ did, dataDir: cli.dataDir(), settings }, (print) => {
      print.fields([
        ['created', cli.dataDir()],
        ['DID', did],
        ['public', settings.publicUrl],
        ['management', `${settings.managementHost}:${settings.managementPort}`],
      ])
      print.line(`Start it with: tanemaki node start --data ${cli.dataDir()}`)
    })
  })
}
