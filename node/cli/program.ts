import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { dataFolderFromEnvironment } from '../config/env.ts'
import { programVersion } from '../config/version.ts'
import { createApiClient } from './api-client.ts'
import type { CliContext } from './command.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addAuthorityCommands } from './commands/authority.ts'
import { addCatalogCommands } from './commands/catalog.ts'
import { addCopyCommands } from './commands/copy.ts'
import { addDatasetCommands } from './commands/dataset.ts'
import { addExchangeCommands } from './commands/exchange.ts'
import { addLedgerCommands } from './commands/ledger.ts'
import { addMemberCommands } from './commands/member.ts'
import { addModelCommands } from './commands/model.ts'
import { addNodeCommands } from './commands/node.ts'
import { addPersonaCommands } from './commands/persona.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { addRecipeCommands } from './commands/recipe.ts'
import { addRunCommands } from './commands/run.ts'
import { addSeedsCommands } from './commands/seeds.ts'
import { createOutput } from './output.ts'

const exitCodeHelp = `
Exit codes: 0 done, 1 the answer is no (a check failed, a policy denies), 2 wrong command line,
3 refused, 4 the node cannot be reached, 130 interrupted.
Documentation: README.md and docs/ of the repository.`

/**
 * Every command of the program, and what they share. Nothing runs before the program parses a command line; with
 * `quiet` the parser writes nothing of its own about a wrong one.
 */
export function createProgram({ quiet = false } = {}): { program: Command; cli: CliContext } {
  const program = new Command('tanemaki')
    .description('Takes part in a data space for synthetic data: generate, measure, publish, exchange, audit.')
    .version(programVersion)
    .addOption(new Option('--data <folder>', 'data folder of the node').env('TANEMAKI_DATA'))
    .option('--json', 'answer with JSON for machines')
    .addHelpText('after', exitCodeHelp)
    .showHelpAfterError('(run the command with --help for its options)')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput(quiet ? { writeErr: () => {} } : {})
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
  addPersonaCommands(program, cli)
  addModelCommands(program, cli)
  addRecipeCommands(program, cli)
  addRunCommands(program, cli)
  addDatasetCommands(program, cli)
  addPolicyCommands(program, cli)
  addCatalogCommands(program, cli)
  addExchangeCommands(program, cli)
  addCopyCommands(program, cli)
  addLedgerCommands(program, cli)
  addAuditCommands(program, cli)
  return { program, cli }
}
