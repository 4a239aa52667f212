import type { Command } from 'commander'
import * as z from 'zod'
import { Negotiation } from '../../../schemas/negotiation.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { positiveWhole } from '../number-argument.ts'
import { offerLines } from '../offer-lines.ts'
import { namesTerms, oneOffer, type TermsOptions, withTerms } from '../offer-terms.ts'
import type { Printer } from '../output.ts'
import { evidenceOf, printEvidence } from '../show-evidence.ts'
import { printTransfers, transfersUnder } from '../show-transfers.ts'
import { waitFor } from '../waiting.ts'
import { addTransferCommands } from './transfer.ts'

const Progress = z.object({ pid: z.string(), state: z.string(), pending: z.string().optional() })
const Exchanges = z.object({ exchanges: z.array(Negotiation) })

export function addExchangeCommands(program: Command, cli: CliContext): void {
  const exchange = program.command('exchange').description('agree with partners on the use of datasets')
  exchange
    .command('request')
    .description('ask a partner for a dataset and wait until the negotiation has ended; exit code 1 when it is refused')
    .argument('<did>', 'DID of the partner')
    .argument('<dataset>', 'id of the dataset, from its catalog')
    .option('--purpose <purpose>', 'purpose of the use, an id of the rulebook')
    .option('--offer <id>', 'the offer to ask for, where the dataset has several')
    .action(async (provider: string, dataset: string, options: { purpose?: string; offer?: string }) => {
      const body = { provider, dataset, ...options }
      const end = cli.api().follow('/exchanges', body, {
        schema: Negotiation,
        onProgress: (progress) => {
          const { state, pending } = Progress.parse(progress)
          cli.output.progress(pending === undefined ? state : `${state}, saying ${pending}`)
        },
      })
      const goesOn = 'The negotiation goes on in the node. Look with: tanemaki exchange list'
      const negotiation = await waitFor(goesOn, end)
      cli.output.result(negotiation, (print) => show(print, negotiation))
      if (negotiation.state !== 'FINALIZED') process.exitCode = exitCodes.negative
    })
  addDecisions(exchange, cli)
  addTransferCommands(exchange, cli)
  addList(exchange, cli)
  exchange
    .command('show')
    .description('one negotiation, its agreement or why it ended, the transfers under it, and what proves it all')
    .argument('<id>', 'id of the exchange, from exchange list')
    .action(async (id: string) => {
      const api = cli.api()
      const found = await api.get(`/exchanges/${encodeURIComponent(id)}`, Negotiation)
      const agreement = found.agreement?.['@id']
      const transfers = agreement === undefined ? [] : await transfersUnder(api, agreement)
      const evidence = await evidenceOf(api, id)
      cli.output.result({ ...found, transfers, evidence }, (print) => {
        show(print, found)
        printTransfers(print, transfers)
        printEvidence(print, evidence)
      })
    })
}

function addList(exchange: Command, cli: CliContext): void {
  exchange
    .command('list')
    .description('negotiations, newest change first')
    .option('--limit <number>', 'at most so many', positiveWhole, 100)
    .action(async ({ limit }: { limit: number }) => {
      const { exchanges } = await cli.api().get(`/exchanges?limit=${limit}`, Exchanges)
      cli.output.result({ exchanges }, (print) => {
        const rows = exchanges.map(rowOf)
        print.table(['exchange', 'role', 'state', 'partner', 'dataset', 'agreement', 'changed'], rows)
      })
    })
}

/** What a person says where the policy leaves it to her. */
function addDecisions(exchange: Command, cli: CliContext): void {
  const path = (id: string, verb: string) => `/exchanges/${encodeURIComponent(id)}/${verb}`
  const said = (negotiation: Negotiation) => cli.output.result(negotiation, (print) => show(print, negotiation))
  const of = 'id of the exchange, from exchange inbox'
  exchange
    .command('inbox')
    .description('requests and offers of partners that wait for a decision')
    .action(async () => {
      const { exchanges } = await cli.api().get('/exchanges/inbox', Exchanges)
      cli.output.result({ exchanges }, (print) => {
        for (const each of exchanges) show(print, each)
        if (exchanges.length === 0) print.line('Nothing waits for a decision.')
      })
    })
  exchange
    .command('accept')
    .description('agree to the terms on the table')
    .argument('<id>', of)
    .action(async (id: string) => said(await cli.api().post(path(id, 'acceptance'), {}, Negotiation)))
  exchange
    .command('refuse')
    .description('end a negotiation that is not final, with a reason for the partner')
    .argument('<id>', of)
    .requiredOption('--reason <text>', 'what the partner is told')
    .action(async (id: string, { reason }: { reason: string }) =>
      said(await cli.api().post(path(id, 'termination'), { reason }, Negotiation)),
    )
  withTerms(exchange.command('counter'))
    .description('answer with other terms')
    .argument('<id>', of)
    .action(async (id: string, options: TermsOptions) =>
      said(await cli.api().post(path(id, 'counter'), oneOffer(options), Negotiation)),
    )
  withTerms(exchange.command('offer'))
    .description('offer a published dataset to a partner that has not asked')
    .argument('<did>', 'DID of the partner')
    .argument('<dataset>', 'id of the dataset')
    .option('--offer <id>', 'one of its published offers, where it has several; or other terms by the options')
    .action(async (partner: string, dataset: string, { offer, ...options }: TermsOptions & { offer?: string }) => {
      const terms = namesTerms(options) ? { terms: oneOffer(options) } : offer === undefined ? {} : { offer }
      said(await cli.api().post('/exchanges/offers', { partner, dataset, ...terms }, Negotiation))
    })
}

function rowOf({ pid, role, state, peer, datasetId, agreement, updatedAt }: Negotiation): string[] {
  return [pid, role, state, peer, datasetId, agreement?.['@id'] ?? '', updatedAt]
}

function show(print: Printer, found: Negotiation): void {
  const { state, agreement, termination, pending } = found
  const colour = state === 'FINALIZED' ? 'green' : state === 'TERMINATED' ? 'red' : 'yellow'
  print.fields([
    ['exchange', found.pid],
    ['state', print.paint(colour, state)],
    ['role', found.role],
    ['partner', found.peer],
    ['dataset', found.datasetId],
    ...(found.purpose === undefined ? [] : [['purpose', found.purpose] as const]),
    ...(agreement === undefined ? [] : [['agreement', agreement['@id']] as const]),
    ...(pending === undefined ? [] : [['being said', pending.says] as const]),
  ])
  const waits = pending === undefined && state === (found.role === 'consumer' ? 'OFFERED' : 'REQUESTED')
  if (waits) {
    print.line(`The partner ${found.role === 'consumer' ? 'offers' : 'asks for'} these terms:`)
    for (const line of offerLines(found.offer)) print.line(`  ${line}`)
    const { pid } = found
    print.line(`Decide with: tanemaki exchange accept ${pid}  (or refuse, or counter with other terms)`)
  }
  if (found.role === 'consumer' && state === 'FINALIZED' && agreement !== undefined) {
    print.line(`Pull it with: tanemaki copy pull ${agreement['@id']}`)
  }
  if (termination === undefined) return
  print.line(`Ended by the ${termination.by}${termination.code === undefined ? '' : ` (${termination.code})`}:`)
  for (const reason of termination.reasons) print.line(`  ${reason}`)
}
