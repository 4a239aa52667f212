import { openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { IssuedInvitation, Member, MemberList, Membership } from '../../../schemas/governance.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { CliContext } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'

interface InviteOptions {
  readonly name: string
  readonly did?: string
  readonly validHours?: number
  readonly out?: string
}

export function addMemberCommands(program: Command, cli: CliContext): void {
  const member = program.command('member').description('invite members, join a space, see who is in it')
  member
    .command('invite')
    .description('make an invitation that admits one node once (authority)')
    .requiredOption('--name <name>', 'name of the organisation, shown to the members')
    .option('--did <did>', 'admit this node only')
    .option('--valid-hours <hours>', 'how long it may be used, default 72', positiveWhole)
    .option('--out <file>', 'write the invitation into a file of mode 0600')
    .action((options: InviteOptions) => invite(options, cli))
  member
    .command('join')
    .description('join the space that an invitation admits to')
    .argument('<invitation>', 'its text, a file that holds it, or - for standard input')
    .action((invitation: string) => join(invitation, cli))
  member
    .command('list')
    .description('show the members of the space')
    .action(() => list(cli))
  member
    .command('status')
    .description("show this node's own membership")
    .action(async () => {
      const membership = await cli.api().get('/membership', Membership)
      showMembership(membership, cli)
    })
  member
    .command('revoke')
    .description('end a membership at once (authority)')
    .argument('<did>', 'DID of the member, from member list')
    .requiredOption('--reason <text>', 'why, kept by the authority')
    .action(async (did: string, { reason }: { reason: string }) => {
      const revoked = await cli.api().post('/members/revocations', { did, reason }, Member)
      cli.output.result(revoked, (print) =>
        print.line(`${revoked.name} (${revoked.did}) is no longer a member; every node knows within a minute.`),
      )
    })
}

async function invite({ name, did, validHours, out }: InviteOptions, cli: CliContext): Promise<void> {
  const request = { name, ...(did === undefined ? {} : { did }), ...(validHours === undefined ? {} : { validHours }) }
  // Opened first: an invitation that cannot be written down would be lost.
  const file = out === undefined ? undefined : openSync(out, 'wx', 0o600)
  const invited = cli.api().post('/invitations', request, IssuedInvitation)
  const issued = await invited.catch((error: unknown) => {
    if (out !== undefined) rmSync(out)
    throw error
  })
  if (file !== undefined) writeFileSync(file, `${issued.invitation}\n`)
  cli.output.result(out === undefined ? issued : { file: out, expires: issued.expires }, (print) => {
    if (out === undefined) print.line(issued.invitation)
    else print.line(`Invitation written to ${out}`)
    print.line()
    print.line(
      `Works once, until ${issued.expires}. Whoever holds it can join${did === undefined ? '' : ' as that node'}: send it privately.`,
    )
    print.line(`They join with: tanemaki member join ${out ?? 'INVITATION'}`)
  })
}

function readInvitation(given: string): string {
  if (given !== '-' && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(given)) return given
  try {
    return readFileSync(given === '-' ? 0 : given, 'utf8').trim()
  } catch {
    return refuse(
      'invitation-invalid',
      'this is neither an invitation nor a file that can be read',
      'Paste the whole text, or name the file.',
    )
  }
}

async function join(given: string, cli: CliContext): Promise<void> {
  cli.output.progress('joining: proving control of the DID, waiting for the membership')
  const membership = await cli.api().post('/membership', { invitation: readInvitation(given) }, Membership)
  showMembership(membership, cli)
}

function showMembership(membership: Membership, cli: CliContext): void {
  cli.output.result(membership, (print) =>
    print.fields([
      ['space', membership.space],
      ['authority', membership.authority],
      ['membership', membership.state],
      ['valid until', membership.validUntil === undefined ? '-' : `${membership.validUntil}, renewed by the node`],
    ]),
  )
}

async function list(cli: CliContext): Promise<void> {
  const { role, members } = await cli.api().get('/members', MemberList)
  cli.output.result({ role, members }, (print) =>
    print.table(
      ['name', 'DID', 'state', 'since', 'valid until'],
      members.map(({ name, did, state, since, validUntil }) => [
        name,
        did,
        print.paint(state === 'active' ? 'green' : 'red', state),
        since,
        validUntil ?? '-',
      ]),
    ),
  )
}
