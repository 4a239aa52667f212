import type { Command } from 'commander'
import { canonicalTerm } from '../../../protocol/policy/vocabulary.ts'
import { dutiesOf } from '../../../protocol/policy/templates.ts'
import { operandTexts } from '../../../protocol/policy/values.ts'
import { RemoteCatalog, RemoteDataset } from '../../../schemas/catalog.ts'
import type { Constraint, Offer } from '../../../schemas/policy.ts'
import type { CliContext } from '../command.ts'

export function addCatalogCommands(program: Command, cli: CliContext): void {
  const catalog = program.command('catalog').description('see what partners offer')
  catalog
    .command('browse')
    .description('the datasets that a partner offers to this node')
    .argument('<did>', 'DID of the partner, from member list')
    .action(async (provider: string) => {
      const found = await cli.api().post('/catalog/browse', { provider }, RemoteCatalog)
      cli.output.result(found, (print) => {
        const rows = found.datasets.map(({ id, title, keywords, offers }) => [
          id,
          title ?? '',
          keywords.join(', '),
          String(offers.length),
        ])
        print.table(['dataset', 'title', 'keywords', 'offers'], rows)
        if (found.unreadable > 0) print.line(`${found.unreadable} more could not be read.`)
      })
    })
  catalog
    .command('show')
    .description('one dataset of a partner and the terms of its offers')
    .argument('<did>', 'DID of the partner')
    .argument('<dataset>', 'id of the dataset, from its catalog')
    .action(async (provider: string, dataset: string) => {
      const found = await cli.api().post('/catalog/show', { provider, dataset }, RemoteDataset)
      cli.output.result(found, (print) => {
        print.heading(found.title ?? found.id)
        print.fields([
          ['dataset', found.id],
          ['provider', found.provider],
          ['manifest', found.manifestId ?? 'none'],
          ['formats', found.formats.join(', ')],
          ['keywords', found.keywords.join(', ')],
        ])
        if (found.description !== undefined) print.line(found.description)
        for (const offer of found.offers) {
          print.heading(`offer ${offer['@id']}`)
          for (const line of termsOf(offer)) print.line(`  ${line}`)
        }
      })
    })
}

/** The terms of an offer, one line each. */
function termsOf(offer: Offer): string[] {
  const conditions = (offer.permission ?? []).flatMap((rule) => [
    `permits: ${canonicalTerm(rule.action)}`,
    ...(rule.constraint ?? []).map((constraint) => `  where ${conditionText(constraint)}`),
  ])
  return [...conditions, ...dutiesOf(offer).map((duty) => duty.text.en)]
}

function conditionText(constraint: Constraint): string {
  for (const kind of ['and', 'or', 'xone', 'andSequence'] as const) {
    const parts = constraint[kind]
    if (parts !== undefined) return `${kind}(${parts.map(conditionText).join('; ')})`
  }
  const value = operandTexts(constraint.rightOperand)?.join(', ') ?? JSON.stringify(constraint.rightOperand)
  return `${canonicalTerm(constraint.leftOperand ?? '?')} ${canonicalTerm(constraint.operator ?? '?')} ${value}`
}
