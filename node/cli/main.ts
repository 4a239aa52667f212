#!/usr/bin/env node
import { resolve } from 'node:path'
import { Command, CommanderError, Option } from 'commander'
import { Refused } from '../../protocol/refusal.ts'
import { dataFolderFromEnvironment } from '../config/env.ts'
import { internalProblem, problemOf } from '../http/problem.ts'
import { NodeUnreachable, createApiClient } from './api-client.ts'
import { type CliContext, exitCodes } from './command.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addAuthorityCommands } from './commands/authority.ts'
import { addCatalogCommands } from './commands/catalog.ts'
import { addExchangeCommands } from './commands/exchange.ts'
import { addCopyCommands } from './commands/copy.ts'
import { addDatasetCommands } from './commands/dataset.ts'
import { addLedgerCommands } from './commands/ledger.ts'
import { addMemberCommands } from './commands/member.ts'
import { addNodeCommands } from './commands/node.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { addSeedsCommands } from './commands/seeds.ts'
import { addRecipeCommands } from './commands/recipe.ts'
import { addRunCommands } from './commands/run.ts'
import { createOutput } from './output.ts'

const exitCodeHelp = `
Exit codes: 0 done, 1 the answer is no (a check failed, a policy denies), 2 wrong command line,
3 the node refused, 4 the node cannot be reached.
Documentation: README.md and docs/ of the repository.`

function createProgram(): { program: Command; cli: CliContext } {
  const program = new Command('tanemaki')
    .description('Takes part in a data space for synthetic data: generate, measure, publish, exchange, audit.')
    .version('0.1.0')
    .addOption(new Option('--data <folder>', 'data folder of the node').env('TANEMAKI_DATA'))
    .option('--json', 'answer with JSON for machines')
    .addHelpText('after', exitCodeHelp)
    .showHelpAfterError('(run the command with --help for its options)')
    .exitOverride()
  const options = () => program.opts<{ data?: string; json?: boolean }>()
  const cli: CliContext = {
    get output() {
      return createOutput(options().json === true)
    },
    dataDir: () => resolve(options().data ?? dataFolderFromEnvironment() ?? 'tanemaki-data'),
    api: () => createApiClient(cli.dataDir()),
  }
  addNodeCommands(program, cli)
  addAuthorityCommands(program, cli)
  addMemberCommands(program, cli)
  addSeedsCommands(program, cli)
  addRecipeCommands(program, cli)
  addRunCommands(program, cli)
  addPolicyCommands(program, cli)
  addCatalogCommands(program, cli)
  addExchangeCommands(program, cli)
  addDatasetCommands(program, cli)
  addCopyCommands(program, cli)
  addLedgerCommands(program, cli)
  addAuditCommands(program, cli)
  return { program, cli }
}

function fail(error: unknown, cli: CliContext): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  if (error instanceof Refused) {
    cli.output.problem(problemOf(error.refusal))
    return exitCodes.refused
  }
  if (error instanceof NodeUnreachable) {
    cli.output.problem({
      ...problemOf({
        code: 'unavailable',
        detail: error.message,
        hint: 'Start it with: tanemaki node start --data FOLDER',
      }),
    })
    return exitCodes.unreachable
  }
  cli.output.problem({ ...internalProblem, detail: error instanceof Error ? error.message : 'unknown error' })
  return exitCodes.refused
}

const { program, cli } = createProgram()
try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = fail(error, cli)
}
