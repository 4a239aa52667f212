import { digestHex, toHex } from '../../../protocol/canonical/hash.ts'
import { foldNodes, inclusionNodes, treeNodes } from '../../../protocol/canonical/merkle.ts'
import { callSalt, createLineageTrees, recordSalt } from '../../../protocol/generation/rows/lineage.ts'
import { renderOutput } from '../../../protocol/generation/rows/render-output.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { DatasetRecord, Provenance } from '../../../schemas/datasets.ts'
import { type LineageRecord, type OpenedRow, RunDisclosure, type SeedOpening } from '../../../schemas/lineage.ts'
import type { Outcome } from '../../../schemas/outcomes.ts'
import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { RowRun } from '../../../schemas/runs.ts'
import { SeedSetId } from '../../../schemas/seeds.ts'
import type { IndexedRecords } from '../../ports/records.ts'
import { findSeedSet } from '../describe-seeds.ts'
import type { RunDeps } from '../run-commit.ts'
import { madeBefore } from '../run-dataset.ts'
import { openSeedRows } from '../seed-openings.ts'
import { commitmentsOf } from './bind-sources.ts'
import { planOf } from './open-generation.ts'
import { readOutcomes } from './outcomes.ts'
import { CandidateCounts, lineageSecret, runSeedSalt } from './row-provenance.ts'
import { reportRun } from './run-report.ts'
import { openSources } from './sources.ts'

export interface DisclosedRows {
  /** Numbers of the rows whose lineage is disclosed. */
  readonly rows: readonly number[]
  /** Whether everything that they were made from is opened, the records of seeds among it. */
  readonly openSeeds: boolean
  readonly signal?: AbortSignal | undefined
}

/** The dataset that a run made. Refused `conflict` before there is one. */
export async function datasetOf(deps: RunDeps, run: RowRun): Promise<DatasetRecord> {
  const made = await madeBefore(deps, run)
  return made ?? refuse('conflict', 'the run has no dataset', 'Wait for its end, or go on with: tanemaki run resume')
}

/** What a third party needs to check how the rows came about. Refused `invalid-request` for a row that there is not. */
export async function discloseRun(
  deps: RunDeps,
  run: RowRun,
  { rows, openSeeds, signal }: DisclosedRows,
): Promise<{ readonly disclosure: RunDisclosure; readonly roots: Pick<Provenance, 'rowRoot' | 'lineageRoot'> }> {
  const dataset = await datasetOf(deps, run)
  const beyond = rows.find((row) => row >= dataset.records)
  if (beyond !== undefined) {
    refuse('invalid-request', `there is no row ${beyond}`, `Rows count from 0 to ${dataset.records - 1}.`)
  }
  const gathered = await gather(deps, run, { wanted: new Set(rows), signal })
  const sources = await openSources(deps, run.sources)
  const manifest = dataset.manifestId === undefined ? undefined : await deps.datasets.statement(dataset.manifestId)
  const { diversity } = await reportRun(deps, run.id, signal)
  const secret = await lineageSecret(deps, run)
  const nodeAt = treeNodes(gathered.leaves, deps.hashing.sha256)
  const records = gathered.found.map(({ record }) => ({
    record,
    salt: toHex(recordSalt(secret, record.row, deps.hashing)),
    proof: foldNodes(inclusionNodes(record.row, gathered.leaves.length), nodeAt, deps.hashing.sha256).map(toHex),
  }))
  const disclosure = RunDisclosure.parse({
    type: 'urn:tanemaki:run-disclosure:v1',
    datasetId: dataset.id,
    ...(manifest === undefined ? {} : { manifest: manifest.envelope }),
    recipe: run.recipe,
    commitments: commitmentsOf(run.sources),
    sizes: Object.fromEntries([...sources].map(([name, source]) => [name, source.records])),
    runSeed: { seed: run.runSeed, salt: toHex(await runSeedSalt(deps, run)) },
    funnel: gathered.funnel,
    rows: gathered.leaves.length,
    ...(diversity === undefined ? {} : { diversity }),
    records,
    opened: openSeeds ? await openRows(deps, { run, secret, sources }, gathered.found) : [],
  })
  return { disclosure, roots: gathered.roots }
}

interface Found {
  readonly record: LineageRecord
  readonly outcome: Outcome
}

/** One pass over the outcomes: every leaf of the lineage tree, and the rows that are wanted. */
async function gather(
  deps: RunDeps,
  run: RowRun,
  { wanted, signal }: { readonly wanted: ReadonlySet<number>; readonly signal: AbortSignal | undefined },
) {
  const plan = planOf(run.recipe)
  const leaves: Uint8Array[] = []
  const found: Found[] = []
  const counts = new CandidateCounts()
  let current: Outcome | undefined
  const secret = await lineageSecret(deps, run)
  const trees = createLineageTrees(plan, { secret, hashing: deps.hashing }, (record, leaf) => {
    leaves.push(leaf)
    if (current !== undefined && wanted.has(record.row)) found.push({ record, outcome: current })
  })
  for await (const outcome of readOutcomes(deps, run.id)) {
    signal?.throwIfAborted()
    counts.add(outcome)
    if (outcome.verdict !== 'accepted') continue
    current = outcome
    trees.add(outcome, renderOutput(plan, outcome.cells))
  }
  return { leaves, found, funnel: counts.exact(), roots: trees.roots() }
}

interface Opening {
  readonly run: RowRun
  readonly secret: Uint8Array
  readonly sources: ReadonlyMap<string, IndexedRecords>
}

async function openRows(deps: RunDeps, opening: Opening, found: readonly Found[]): Promise<OpenedRow[]> {
  const seeds = await openedSeeds(deps, opening.run, found)
  const cache = await deps.answers.open()
  const opened: OpenedRow[] = []
  for (const { record, outcome } of found) {
    const records: Record<string, RowRecord> = {}
    for (const [name, index] of Object.entries(record.sources)) {
      const source = opening.sources.get(name)
      if (source !== undefined) records[name] = await source.record(index)
    }
    const answers = await cache.get(record.calls.map(({ request }) => request))
    const openings = Object.entries(record.sources).flatMap(([name, index]) => {
      const seed = seeds.get(name)?.get(index)
      return seed === undefined ? [] : [[name, seed] as const]
    })
    opened.push({
      row: record.row,
      cells: outcome.cells,
      records,
      seeds: Object.fromEntries(openings),
      calls: record.calls.map(({ request }, call) => {
        const salt = digestHex(callSalt(opening.secret, { row: record.row, call }, deps.hashing))
        const answer = answers.get(request)
        return answer?.kind === 'chat' ? { salt, answer: answer.text } : { salt }
      }),
    })
  }
  return opened
}

/** By source that is a seed set: openings of the records that the rows were made from. */
async function openedSeeds(
  deps: RunDeps,
  run: RowRun,
  found: readonly Found[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, SeedOpening>>> {
  const bySource = new Map<string, ReadonlyMap<number, SeedOpening>>()
  for (const [name, bound] of Object.entries(run.sources)) {
    if (bound.kind !== 'seed-set') continue
    const wanted = new Set(found.flatMap(({ record }) => record.sources[name] ?? []))
    const seedSet = await findSeedSet(deps, SeedSetId.parse(bound.id))
    const openings = await openSeedRows(deps, seedSet, wanted)
    if (openings !== undefined) bySource.set(name, openings)
  }
  return bySource
}
