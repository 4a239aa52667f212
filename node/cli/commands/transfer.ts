import type { Command } from 'commander'
import { Transfer } from '../../../schemas/transfer.ts'
import type { CliContext } from '../command.ts'

/** `exchange suspend` and `exchange resume`: a transfer that rests, of either role. */
export function addTransferCommands(exchange: Command, cli: CliContext): void {
  const say = async (id: string, verb: 'suspension' | 'start', body: object): Promise<void> => {
    const transfer = await cli.api().post(`/transfers/${encodeURIComponent(id)}/${verb}`, body, Transfer)
    cli.output.result(transfer, (print) =>
      print.fields([
        ['transfer', transfer.pid],
        ['state', transfer.state],
        ...(transfer.pending === undefined ? [] : [['being said', transfer.pending.says] as const]),
      ]),
    )
  }
  exchange
    .command('suspend')
    .description('let a running transfer rest; no byte of it moves until it is resumed')
    .argument('<transfer>', 'id of the transfer, from exchange show')
    .requiredOption('--reason <text>', 'what the partner is told')
    .action((id: string, { reason }: { reason: string }) => say(id, 'suspension', { reason }))
  exchange
    .command('resume')
    .description('let a suspended transfer go on; what the provider suspended only the provider resumes')
    .argument('<transfer>', 'id of the transfer, from exchange show')
    .action((id: string) => say(id, 'start', {}))
}
