import type { Command } from 'commander'
import { RemoteCatalog, RemoteDataset } from '../../../schemas/catalog.ts'
import type { CliContext } from '../command.ts'
import { offerLines } from '../offer-lines.ts'

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
          for (const line of offerLines(offer)) print.line(`  ${line}`)
        }
      })
    })
}
