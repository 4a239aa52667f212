import type { Command } from 'commander'
import * as z from 'zod'
import { ChainLink, CopyRecord, CopyVerification, PullProgress } from '../../../schemas/copies.ts'
import { type CliContext, exitCodes } from '../command.ts'
import type { Printer } from '../output.ts'
import { printOrigin } from '../show-dataset.ts'
import { waitFor } from '../waiting.ts'
import { addPushCommands } from './push.ts'

const Shown = z.object({ copy: CopyRecord, path: z.string(), inputs: z.array(ChainLink) })
type Shown = z.infer<typeof Shown>
const at = (reference: string) => `/copies/${encodeURIComponent(reference)}`

export function addCopyCommands(program: Command, cli: CliContext): void {
  const copy = program.command('copy').description("copies of partners' datasets that this node holds")
  copy
    .command('list')
    .description('list the copies of this node with their duties')
    .action(() => list(cli))
  copy
    .command('pull')
    .description('pull an agreed dataset, verified chunk by chunk; goes on where an earlier pull stopped')
    .argument('<agreement>', 'id of the agreement')
    .option('--no-wait', 'return at once; the node goes on by itself')
    .action((agreement: string, options: { wait: boolean }) => pull(cli, agreement, options))
  copy
    .command('show')
    .description('show a copy: where it is, its duties, and the chain of what it was made from')
    .argument('<copy>', 'id of the copy or of its agreement')
    .action(async (reference: string) => {
      const shown = await cli.api().get(at(reference), Shown)
      cli.output.result(shown, (print) => printCopy(print, shown))
    })
  addPushCommands(copy, cli)
  copy
    .command('verify')
    .description(
      'check a copy on disk against its signed manifest, or without one against what arrived; exit code 1 when it does not hold',
    )
    .argument('<copy>', 'id of the copy or of its agreement')
    .option('--flat', 'also compute the sha256 of whole files, as other tools do')
    .action((reference: string, options: { flat?: true }) => verify(cli, reference, options))
  copy
    .command('path')
    .description('print the folder of a copy')
    .argument('<copy>', 'id of the copy or of its agreement')
    .action(async (reference: string) => {
      const shown = await cli.api().get(at(reference), Shown)
      cli.output.result(shown, (print) => print.line(shown.path))
    })
}

async function list(cli: CliContext): Promise<void> {
  const { copies } = await cli.api().get('/copies', z.object({ copies: z.array(CopyRecord) }))
  cli.output.result({ copies }, (print) =>
    print.table(
      ['id', 'state', 'records', 'from', 'duties', 'title'],
      copies.map((copy) => [
        copy.id,
        copy.notices.length > 0 ? `${copy.state}, withdrawn by provider` : copy.state,
        copy.records === undefined ? 'unknown' : String(copy.records),
        copy.provider,
        copy.duties.map((duty) => duty.text).join(' '),
        copy.title,
      ]),
    ),
  )
}

async function pull(cli: CliContext, agreement: string, { wait }: { wait: boolean }): Promise<void> {
  const api = cli.api()
  const started = await api.post('/copies', { agreement }, CopyRecord)
  if (!wait) {
    cli.output.result(started, (print) => print.line(`pulling: ${started.id}`))
    return
  }
  let waitedFor: PullProgress['waiting']
  const end = api.follow(
    `${at(started.id)}/follow`,
    {},
    {
      schema: CopyRecord,
      onProgress: (line) => {
        const progress = PullProgress.safeParse(line)
        if (!progress.success) return
        const { waiting } = progress.data
        if (waiting !== undefined && waiting !== waitedFor) cli.output.notice(waitingText(waiting, agreement))
        waitedFor = waiting
        cli.output.progress(progressText(progress.data))
      },
    },
  )
  const copy = await waitFor(`The pull goes on in the node. Look again with: tanemaki copy pull ${agreement}`, end)
  const { path, inputs } = await api.get(at(copy.id), Shown)
  cli.output.result({ copy, path, inputs }, (print) => printCopy(print, { copy, path, inputs }))
  if (copy.state !== 'complete') process.exitCode = exitCodes.negative
}

const WAITING: Readonly<Record<NonNullable<PullProgress['waiting']>, string>> = {
  network: 'The provider cannot be reached.',
  provider: 'The provider does not give access for now.',
  'disk-space': 'There is no space left on the disk.',
}

function waitingText(waiting: NonNullable<PullProgress['waiting']>, agreement: string): string {
  return `${WAITING[waiting]} The node tries again by itself; after Ctrl-C look again with: tanemaki copy pull ${agreement}`
}

function progressText({ verified, total, waiting, resource }: PullProgress): string {
  const share = total === 0 ? '' : ` ${((100 * verified) / total).toFixed(0)} %`
  const waits = waiting === undefined ? '' : `, waiting for ${waiting.replace('-', ' ')}`
  const name = resource === undefined ? '' : ` ${resource}`
  return `verified ${(verified / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB${share}${name}${waits}`
}

const UNPROVEN = 'missing: the provider signs none, so nothing proves that these are the bytes that it meant to give'

function printCopy(print: Printer, { copy, path, inputs }: Shown): void {
  print.heading(`${copy.title}: ${copy.state}`)
  const { failure } = copy
  print.fields([
    ['copy', copy.id],
    ['from', copy.provider],
    ['manifest', copy.manifestId ?? UNPROVEN],
    ['records', copy.records === undefined ? 'unknown' : String(copy.records)],
    ['size', `${copy.size} bytes in ${copy.resources.length + copy.unsigned.length} files`],
    ...copy.unsigned.map(({ name, sha256 }) => [name, `sha256 ${sha256}, as it arrived`] as const),
    ...(failure === undefined ? ([['folder', path]] as const) : ([['failed', failure.detail]] as const)),
  ])
  for (const duty of copy.duties) print.line(`duty: ${duty.text}`)
  printOrigin(print, { inputs, duties: [] })
}

async function verify(cli: CliContext, reference: string, { flat }: { flat?: true }): Promise<void> {
  const result = await cli.api().follow(
    `${at(reference)}/verify`,
    { flat: flat === true },
    {
      schema: CopyVerification,
      onProgress: (line) => {
        const progress = z.object({ bytes: z.number(), total: z.number() }).safeParse(line)
        if (progress.success) cli.output.progress(`read ${(progress.data.bytes / 1e6).toFixed(1)} MB`)
      },
    },
  )
  cli.output.result(result, (print) => {
    const { manifest, manifestId } = result
    print.line(
      manifestId === undefined ? `none  manifest ${UNPROVEN}` : `${manifest ? 'ok  ' : 'FAIL'}  manifest ${manifestId}`,
    )
    for (const file of result.files) {
      const wrong = file.wrongChunks.length === 0 ? '' : `, wrong chunks: ${file.wrongChunks.join(', ')}`
      print.line(
        `${file.ok ? 'ok  ' : 'FAIL'}  ${file.name} ${file.sha256 ?? ''}${file.ok ? '' : `: ${file.reason ?? ''}${wrong}`}`,
      )
    }
  })
  if (!result.ok) process.exitCode = exitCodes.negative
}
