import { type Command, Option } from 'commander'
import * as z from 'zod'
import { Transfer } from '../../../schemas/transfer.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { type SinkOptions, sinkOf } from '../sink-options.ts'
import { waitFor } from '../waiting.ts'

const Progress = z.object({ state: z.string(), pending: z.string().optional() })
const at = (pid: string) => `/transfers/${encodeURIComponent(pid)}`

/** `copy push` and `copy cancel`. */
export function addPushCommands(copy: Command, cli: CliContext): void {
  copy
    .command('push')
    .description('let the provider put an agreed dataset into storage of yours; exit code 1 when the transfer is ended')
    .argument('<agreement>', 'id of the agreement')
    .option('--to <address>', 'https address that takes a request for each file, or s3://bucket/prefix')
    .addOption(new Option('--method <method>', 'for an https address').choices(['PUT', 'POST']))
    .option(
      '--header-file <file>',
      'for an https address: lines `Name: value`, for example its authorization; mode 0600',
    )
    .option('--region <region>', 'of the bucket; default: AWS_REGION of the environment, or us-east-1')
    .option('--endpoint <url>', 'server of the bucket; default: AWS')
    .option(
      '--key-file <file>',
      'YAML with accessKeyId, secretAccessKey, sessionToken; mode 0600; default: AWS_* of the environment',
    )
    .option('--presigned <file>', 'YAML with a signed PUT address for each file name, instead of --to; mode 0600')
    .option('--no-wait', 'return at once; the provider goes on by itself')
    .action((agreement: string, options: SinkOptions & { wait: boolean }) => push(cli, agreement, options))
  copy
    .command('cancel')
    .description('end a transfer that is running, a pull or a push')
    .argument('<transfer>', 'id of the transfer, from exchange show')
    .option('--reason <text>', 'told to the partner', 'cancelled by the operator')
    .action(async (pid: string, { reason }: { reason: string }) => {
      const transfer = await cli.api().post(`${at(pid)}/termination`, { reason }, Transfer)
      cli.output.result(transfer, (print) => print.line(`ending: ${transfer.pid}`))
    })
}

async function push(cli: CliContext, agreement: string, options: SinkOptions & { wait: boolean }): Promise<void> {
  const api = cli.api()
  const started = await api.post('/pushes', { agreement, to: sinkOf(options) }, Transfer)
  if (!options.wait) {
    cli.output.result(started, (print) => print.line(`pushing: ${started.pid}`))
    return
  }
  const onProgress = (progress: unknown) => {
    const { state, pending } = Progress.parse(progress)
    cli.output.progress(pending === undefined ? state : `${state}, saying ${pending}`)
  }
  const end = api.follow(`${at(started.pid)}/follow`, {}, { schema: Transfer, onProgress })
  const transfer = await waitFor('The push goes on without you. Look with: tanemaki exchange show', end)
  cli.output.result(transfer, (print) => {
    print.fields([
      ['transfer', transfer.pid],
      ['state', transfer.state],
      ['into', transfer.sink ?? ''],
    ])
    for (const reason of transfer.termination?.reasons ?? []) print.line(`  ${reason}`)
    if (transfer.state === 'COMPLETED')
      print.line('The provider says that everything is there; this node has not seen it.')
  })
  if (transfer.state !== 'COMPLETED') process.exitCode = exitCodes.negative
}
