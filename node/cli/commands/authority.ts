import type { Command } from 'commander'
import { Rulebook, Space } from '../../../schemas/governance.ts'
import type { CliContext } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'
import type { Printer } from '../output.ts'

export function addAuthorityCommands(program: Command, cli: CliContext): void {
  const authority = program.command('authority').description('found a space and see its rules')
  authority
    .command('init')
    .description('make the running node the authority of a new space')
    .requiredOption('--name <name>', 'name of the space')
    .option('--retention-days <days>', 'longest retention that its rulebook allows', positiveWhole)
    .action(async ({ name, retentionDays }: { name: string; retentionDays?: number }) => {
      const space = await cli
        .api()
        .post('/space', { name, ...(retentionDays === undefined ? {} : { retentionDays }) }, Space)
      cli.output.result(space, (print) => {
        showSpace(print, space)
        print.line('Invite a member with: tanemaki member invite --name NAME')
      })
    })
  authority
    .command('show')
    .description('show the space of this node and the rulebook in force')
    .action(async () => {
      const [space, rulebook] = [await cli.api().get('/space', Space), await cli.api().get('/rulebook', Rulebook)]
      cli.output.result({ space, rulebook }, (print) => {
        showSpace(print, space)
        print.heading('Rulebook')
        print.fields([
          ['in force since', rulebook.effectiveFrom],
          ['gates', `${rulebook.gates.policy}: ${Object.keys(rulebook.gates.gates).join(', ')}`],
          ['operands', rulebook.operands.join(', ')],
          ['retention', `at most ${rulebook.retention.maxDays} days`],
        ])
        print.table(
          ['purpose', 'title', '名称'],
          rulebook.purposes.map(({ id, title }) => [id, title.en, title.ja]),
        )
      })
    })
}

function showSpace(print: Printer, space: Space): void {
  print.fields([
    ['space', space.name],
    ['role', space.role],
    ['authority', space.authority],
    ['trust list', `sequence ${space.trustList.sequence}, until ${space.trustList.expires}`],
    ['rulebook', `version ${space.rulebook.version} (${space.rulebook.digest.slice(0, 16)}…)`],
  ])
}
