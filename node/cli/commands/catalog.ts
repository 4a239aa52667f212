import type { Command } from 'commander'
import { CatalogCheck, CatalogFilter, RemoteCatalog, RemoteDataset } from '../../../schemas/catalog.ts'
import { type CliContext, exitCodes } from '../command.ts'
import { offerLines } from '../offer-lines.ts'
import { parseDocument } from '../parse-document.ts'

export function addCatalogCommands(program: Command, cli: CliContext): void {
  const catalog = program.command('catalog').description('see what partners offer')
  addBrowse(catalog, cli)
  catalog
    .command('check')
    .description("what of this node's own catalog partners cannot see, and why; exit code 1 when there is any")
    .action(async () => {
      const { published, faults } = await cli.api().get('/catalog/check', CatalogCheck)
      cli.output.result({ published, faults }, (print) => {
        print.line(`${published} published, ${new Set(faults.map(({ dataset }) => dataset)).size} with faults`)
        if (faults.length === 0) return
        print.table(
          ['dataset', 'offer', 'left out because'],
          faults.map(({ dataset, offerId, reason }) => [dataset, offerId ?? 'all', reason]),
        )
      })
      if (faults.length > 0) process.exitCode = exitCodes.negative
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
          ...(found.controlledRelease === undefined
            ? []
            : [['release', `controlled: ${found.controlledRelease}`] as const]),
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

interface BrowseOptions {
  readonly text?: string
  readonly keyword?: string[]
  readonly publisher?: string
  readonly conformsTo?: string
  readonly purpose?: string
}

function addBrowse(catalog: Command, cli: CliContext): void {
  catalog
    .command('browse')
    .description('the datasets that a partner offers to this node')
    .argument('<did>', 'DID of the partner, from member list')
    .option('--text <words>', 'only those with all these words in title, description or name')
    .option('--keyword <keyword...>', 'only those with all these keywords')
    .option('--purpose <id>', 'only those that may be used for this purpose of the rulebook')
    .option('--publisher <did>', 'only those of this publisher')
    .option('--conforms-to <iri>', 'only those that conform to this standard')
    .action(async (provider: string, options: BrowseOptions) => {
      const filter = parseDocument(CatalogFilter, options)
      const found = await cli.api().post('/catalog/browse', { provider, filter }, RemoteCatalog)
      cli.output.result(found, (print) => {
        const rows = found.datasets.map(({ id, title, keywords, offers }) => [
          id,
          title ?? '',
          keywords.join(', '),
          String(offers.length),
        ])
        print.table(['dataset', 'title', 'keywords', 'offers'], rows)
        if (found.unreadable > 0) print.line(`${found.unreadable} more could not be read.`)
        if (found.more) print.line('There are more; ask for less with --text or --keyword.')
      })
    })
}
