import type { BudgetState, SeedColumnView, SeedSetDescription, SeedEndpoints } from '../../schemas/seeds.ts'
import type { Printer } from './output.ts'

export function printSeedSet(print: Printer, { seedSet, details, columns, budget, ledger }: SeedSetDescription): void {
  print.heading(`${seedSet.name} (${seedSet.state})`)
  print.fields([
    ['id', seedSet.id],
    ['imported', seedSet.createdAt],
    ['commitment', seedSet.commitment.root],
    ...(details === undefined
      ? []
      : ([
          ['subject', details.schema.subject],
          [
            'unit',
            details.schema.unit === 'row'
              ? 'row'
              : `${details.schema.unit}, at most ${details.schema.rowsPerUnit} rows`,
          ],
          ['training rows', `${details.training.rows} (this node only)`],
          ['control rows', `${details.control.rows} (this node only)`],
          ['models', endpointsIn(details.endpoints)],
          ...(details.truncatedRows === 0
            ? []
            : ([['left out', `${details.truncatedRows} rows beyond their unit's limit`]] as const)),
          ...(details.ignoredColumns.length === 0
            ? []
            : ([['not imported', details.ignoredColumns.join(', ')]] as const)),
        ] as const)),
    ...budgetFields(budget),
  ])
  if (columns.length > 0) printColumns(print, columns)
  const unconfirmed = columns.filter((column) => column.provenance === 'read-from-data').map(({ name }) => name)
  if (unconfirmed.length > 0) {
    print.line()
    print.line('Domains marked "read-from-data" were taken from the records and would leak through a dataset.')
    print.line('Replace them by public knowledge (describe --schema FILE), or confirm that they are:')
    print.line(
      `  tanemaki seeds describe ${seedSet.name} --confirm ${unconfirmed.map((name) => JSON.stringify(name)).join(' ')}`,
    )
  }
  if (ledger.length > 0) {
    print.line()
    print.table(
      ['charged', 'run', 'epsilon', 'delta'],
      ledger.map((entry) => [entry.at, entry.runId, entry.epsilon, entry.delta]),
    )
  }
}

export function printColumns(print: Printer, columns: readonly SeedColumnView[]): void {
  print.line()
  print.table(
    ['column', 'type', 'role', 'cells', 'domain', 'provenance'],
    columns.map((column) => [
      column.name,
      column.type,
      column.role,
      String(column.cells ?? ''),
      column.domain,
      print.paint(column.provenance === 'read-from-data' ? 'yellow' : 'dim', column.provenance),
    ]),
  )
}

export function budgetFields({ cap, epsilonRemaining, runs }: BudgetState): [string, string][] {
  return [
    ['budget', `epsilon ${cap.epsilon} at delta ${cap.delta} over all runs`],
    ['left', `epsilon ${epsilonRemaining} after ${runs} ${runs === 1 ? 'run' : 'runs'}`],
  ]
}

function endpointsIn({ loopback, allowed }: SeedEndpoints): string {
  const places = [...(loopback ? ['those on this machine'] : []), ...allowed]
  return places.length === 0 ? 'none may see the rows' : `${places.join(', ')} may see the rows`
}
