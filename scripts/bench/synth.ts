import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'
import { isModelled } from '../../protocol/generation/cells.ts'
import { countOneWay, countTwoWay } from '../../protocol/generation/marginals.ts'
import { parseRecipe } from '../../protocol/generation/recipe.ts'
import { measureTable, sampleTable } from '../../protocol/generation/table-synthesis.ts'
import { columnOf, pickRows, type Table } from '../../protocol/generation/table.ts'
import { showSpread, spread } from './rounds.ts'

const folder = new URL('../../../shared/data/adult/', import.meta.url)
const epsilons = ['0.1', '1', '10']
const runs = 5
/** Columns whose codes have an order; public knowledge about the census form. */
const ordered = new Set(['age', 'fnlwgt', 'education-num', 'capital-gain', 'capital-loss', 'hours-per-week'])

function read(name: string): string {
  const path = fileURLToPath(new URL(name, folder))
  if (!existsSync(path)) throw new Error(`the benchmark reads ${name} of UCI Adult beside the checkout`)
  return readFileSync(path, 'utf8')
}

function codedSchema(): SeedSchema {
  const sizes = Object.entries(JSON.parse(read('adult-coded-domain.json')) as Record<string, number>)
  return SeedSchema.parse({
    subject: 'persons',
    columns: sizes.map(([name, size]) =>
      ordered.has(name)
        ? { name, type: 'integer', domain: { min: 0, max: size - 1 } }
        : { name, type: 'categorical', domain: { categories: Array.from({ length: size }, (_, code) => `${code}`) } },
    ),
  })
}

function codedTable(schema: SeedSchema): Table {
  const [header = '', ...lines] = read('adult-coded.csv').trim().split('\n')
  const names = header.split(',')
  const rows = lines.map((line) => line.split(',').map(Number))
  return {
    rows: rows.length,
    columns: schema.columns.map(({ name }) => {
      const at = names.indexOf(name)
      return { name, values: Float64Array.from(rows, (row) => row[at] ?? Number.NaN) }
    }),
  }
}

/** Counts of every column and every pair; in the coded table a value is its own cell. */
function marginals(columns: readonly ModelledColumn[], table: Table): { one: Int32Array[]; two: Int32Array[] } {
  const coded = columns.map((column) => ({
    codes: Uint16Array.from(columnOf(table, column.name)),
    cells:
      column.type === 'integer'
        ? column.domain.max + 1
        : 'domain' in column && 'categories' in column.domain
          ? column.domain.categories.length
          : 2,
  }))
  return {
    one: coded.map(({ codes, cells }) => countOneWay(codes, cells)),
    two: coded.flatMap((a, at) => coded.slice(at + 1).map((b) => countTwoWay(a, b))),
  }
}

function meanTvd(a: readonly Int32Array[], b: readonly ArrayLike<number>[]): number {
  const rows = (counts: ArrayLike<number>): number => Array.from(counts).reduce((sum, count) => sum + count, 0)
  const distances = a.map((counts, at) => {
    const other = b[at] ?? []
    const [n, m] = [rows(counts), rows(other)]
    return counts.reduce((sum, count, cell) => sum + Math.abs(count / n - (other[cell] ?? 0) / m), 0) / 2
  })
  return distances.reduce((sum, distance) => sum + distance, 0) / distances.length
}

function shuffled(table: Table): Table {
  return {
    rows: table.rows,
    columns: table.columns.map(({ name, values }) => ({
      name,
      values: Float64Array.from(values).sort(() => (randomBytes(1)[0] ?? 0) - 127.5),
    })),
  }
}

/** `npm run bench -- synth`: error and time of the differentially private tree on UCI Adult, beside three references. */
export function run(): Promise<Record<string, unknown>> {
  const schema = codedSchema()
  const columns = schema.columns.filter(isModelled)
  const table = codedTable(schema)
  const real = marginals(columns, table)
  console.log(
    `UCI Adult, ${table.rows} rows, ${columns.length} columns, delta 1e-9, ${runs} runs each; median [min-max].`,
  )
  console.log('tvd1, tvd2: mean total variation distance to the data over all columns and over all pairs of columns.')
  const eps: Record<string, unknown> = {}
  for (const epsilon of epsilons) {
    const recipe = parseRecipe({
      kind: 'dp-table',
      name: 'bench',
      seedSet: 'adult',
      epsilon,
      delta: '1e-9',
      rows: table.rows,
    })
    if ('code' in recipe) throw new Error(recipe.detail)
    const rounds = Array.from({ length: runs }, () => {
      const started = performance.now()
      const measurements = measureTable({ schema, recipe, training: table, random: (length) => randomBytes(length) })
      const made = sampleTable({ schema, recipe, measurements, runSeed: randomBytes(32) })
      const seconds = (performance.now() - started) / 1000
      const sampled = marginals(columns, made)
      return { tvd1: meanTvd(real.one, sampled.one), tvd2: meanTvd(real.two, sampled.two), seconds }
    })
    const show = {
      tvd1: spread(rounds.map(({ tvd1 }) => tvd1)),
      tvd2: spread(rounds.map(({ tvd2 }) => tvd2)),
      seconds: spread(rounds.map(({ seconds }) => seconds)),
    }
    console.log(
      `epsilon ${epsilon}: tvd1 ${showSpread(show.tvd1, 4)}, tvd2 ${showSpread(show.tvd2, 4)}, ${showSpread(show.seconds, 2)} s`,
    )
    eps[epsilon] = { tvd1: show.tvd1.median, tvd2: show.tvd2.median, seconds: show.seconds.median }
  }
  return Promise.resolve({ eps, reference: references(columns, table, real) })
}

function references(
  columns: readonly ModelledColumn[],
  table: Table,
  real: ReturnType<typeof marginals>,
): Record<string, unknown> {
  const bootstrap = marginals(
    columns,
    pickRows(
      table,
      Int32Array.from({ length: table.rows }, () => randomBytes(4).readUInt32LE() % table.rows),
    ),
  )
  const independent = marginals(columns, shuffled(table))
  const named = {
    bootstrap: { tvd1: meanTvd(real.one, bootstrap.one), tvd2: meanTvd(real.two, bootstrap.two) },
    independent: { tvd1: meanTvd(real.one, independent.one), tvd2: meanTvd(real.two, independent.two) },
  }
  console.log(
    `references without privacy: the data resampled with replacement tvd2 ${named.bootstrap.tvd2.toFixed(4)} (noise of sampling alone);`,
  )
  console.log(`columns shuffled independently tvd2 ${named.independent.tvd2.toFixed(4)} (no pair is kept).`)
  return named
}
