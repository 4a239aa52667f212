import { join } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { verifyEd25519 } from '../../../protocol/canonical/ed25519.ts'
import { parseVkey } from '../../../protocol/ledger/signed-note.ts'
import { verifyLogFolder } from '../../../protocol/ledger/verify-bundle/verify-bundle.ts'
import { refuse } from '../../../protocol/refusal.ts'
import { ReceiptRecord } from '../../../schemas/ledger.ts'
import { blobsFolder } from '../../config/data-folder.ts'
import { openFolder, sha256Fast } from '../bundle-folder.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { printChecks } from '../show-checks.ts'

const Status = z.object({
  origin: z.string(),
  vkey: z.string(),
  size: z.int(),
  root: z.string(),
  queued: z.int(),
})
const Receipts = z.object({ receipts: z.array(ReceiptRecord) })

const SIGNED = {
  'co-signed': 'by both',
  single: 'by the proposer',
  refused: 'refused by the counterpart',
} as const

export function addLedgerCommands(program: Command, cli: CliContext): void {
  const ledger = program.command('ledger').description('the append-only log of this node and the receipts in it')
  ledger
    .command('show')
    .description('show the head of the log, its key, and receipts')
    .option('--exchange <agreement>', 'only the receipts of this exchange')
    .action((options: { exchange?: string }) => show(cli, options))
  ledger
    .command('verify')
    .description('rebuild a log from its files; exit code 1 when it is not what was signed')
    .argument('[folder]', 'folder of a log (c2sp.org/tlog-tiles); default: the log of the node in the data folder')
    .option('--vkey <key>', 'verifier key; default: the key of the node, which has to run')
    .action((folder: string | undefined, options: { vkey?: string }) => verify(cli, folder, options))
}

async function show(cli: CliContext, { exchange }: { exchange?: string }): Promise<void> {
  const status = await cli.api().get('/ledger', Status)
  const query = exchange === undefined ? 'limit=20' : `exchange=${encodeURIComponent(exchange)}`
  const { receipts } = await cli.api().get(`/ledger/receipts?${query}`, Receipts)
  cli.output.result({ ...status, receipts }, (print) => {
    print.fields([
      ['origin', status.origin],
      ['key', status.vkey],
      ['size', `${status.size} leaves${status.queued === 0 ? '' : `, ${status.queued} waiting`}`],
      ['root', status.root],
    ])
    print.line()
    print.table(
      ['receipt', 'at', 'signed', 'exchange', 'with'],
      receipts.map(({ type, state, receipt }) => [
        type,
        receipt.at,
        SIGNED[state],
        receipt.exchangeId,
        `${receipt.provider.did} → ${receipt.consumer.did}`,
      ]),
    )
  })
}

async function verify(cli: CliContext, folder: string | undefined, options: { vkey?: string }): Promise<void> {
  const vkey = options.vkey ?? (await cli.api().post('/ledger/settle', {}, Status)).vkey
  const key =
    parseVkey(vkey) ?? refuse('invalid-request', 'the verifier key is malformed', 'See it with: tanemaki ledger show.')
  const path = folder ?? join(cli.dataDir(), blobsFolder, 'ledger')
  const report = await verifyLogFolder(openFolder(path), key, { hash: sha256Fast, verify: verifyEd25519 })
  cli.output.result(report, (print) => printChecks(print, report))
  process.exitCode = report.verdict === 'pass' ? exitCodes.done : exitCodes.negative
}
