import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { verifyEd25519 } from '../../../protocol/canonical/ed25519.ts'
import { fromBase64 } from '../../../protocol/canonical/hash.ts'
import { verifyBundle } from '../../../protocol/ledger/verify-bundle/verify-bundle.ts'
import { refuse } from '../../../protocol/refusal.ts'
import { BundleFile, ExportRequest } from '../../../schemas/audit.ts'
import { createBundleFolder, openFolder, sha256Fast, writeBundleFile } from '../bundle-folder.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { parseDocument } from '../parse-document.ts'
import { printChecks } from '../show-checks.ts'

const Exported = z.object({ files: z.int(), bytes: z.int() })

interface ExportOptions {
  readonly from?: string
  readonly to?: string
  readonly out: string
}

export function addAuditCommands(program: Command, cli: CliContext): void {
  const audit = program.command('audit').description('evidence for auditors: export it, verify it offline')
  audit
    .command('export')
    .description('write an audit bundle: of one exchange, or of all within a time range')
    .argument('[agreement]', 'id of the agreement; default: every exchange')
    .option('--from <time>', 'only exchanges with a receipt at or after this time (ISO 8601)')
    .option('--to <time>', 'only exchanges with a receipt at or before this time (ISO 8601)')
    .option('--out <folder>', 'folder to create', 'audit-bundle')
    .action((agreement: string | undefined, options: ExportOptions) => exportBundle(cli, agreement, options))
  audit
    .command('verify')
    .description('verify an audit bundle; needs no node and no network; exit code 1 when a check fails')
    .argument('<folder>', 'folder of the bundle')
    .option('--policy <file>', 'trust policy (c2sp.org/tlog-policy) obtained elsewhere than from the bundle')
    .action((folder: string, options: { policy?: string }) => verify(cli, folder, options))
}

async function exportBundle(cli: CliContext, agreement: string | undefined, options: ExportOptions): Promise<void> {
  const folder = resolve(options.out)
  const request = parseDocument(ExportRequest, {
    ...(agreement === undefined ? {} : { exchangeId: agreement }),
    ...(options.from === undefined ? {} : { from: timeOf(options.from) }),
    ...(options.to === undefined ? {} : { to: timeOf(options.to) }),
  })
  createBundleFolder(folder)
  const { output } = cli
  let files = 0
  const onProgress = (progress: unknown) => {
    const { path, content } = BundleFile.parse(progress)
    writeBundleFile(folder, path, fromBase64(content) ?? refuse('internal', 'a file arrived damaged', 'Export again.'))
    files += 1
    output.progress(`${files} files`)
  }
  const total = await cli.api().follow('/audit/export', request, { schema: Exported, onProgress })
  output.result({ bundle: folder, ...total }, (print) => {
    print.fields([
      ['bundle', folder],
      ['files', `${total.files} (${total.bytes} bytes)`],
    ])
    print.line('It opens the exported exchanges to whoever holds it. Check it with: tanemaki audit verify FOLDER')
  })
}

function timeOf(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return refuse('invalid-request', 'a time is malformed', 'Write it like 2026-11-22T10:00:00Z.')
  return new Date(ms).toISOString()
}

async function verify(cli: CliContext, folder: string, options: { policy?: string }): Promise<void> {
  const policy = options.policy === undefined ? {} : { policy: readPolicy(options.policy) }
  const report = await verifyBundle(openFolder(resolve(folder)), { hash: sha256Fast, verify: verifyEd25519, ...policy })
  cli.output.result(report, (print) => printChecks(print, report))
  process.exitCode = report.verdict === 'pass' ? exitCodes.done : exitCodes.negative
}

function readPolicy(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return refuse(
      'invalid-request',
      'the policy file cannot be read',
      'Give a file in the form of c2sp.org/tlog-policy.',
    )
  }
}
