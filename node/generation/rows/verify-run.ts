import { toHex } from '../../../protocol/canonical/hash.ts'
import { chooseRows } from '../../../protocol/generation/rows/lineage-checks/choose-rows.ts'
import type { AuditCheck } from '../../../schemas/audit.ts'
import type { DatasetRecord, Provenance } from '../../../schemas/datasets.ts'
import type { DiscloseRun, LineageVerification, RunDisclosure, VerifyRun } from '../../../schemas/lineage.ts'
import { refuse } from '../../../protocol/refusal.ts'
import type { CheckDisclosure } from '../../ports/lineage-tasks.ts'
import type { RunDeps } from '../run-commit.ts'
import { datasetOf, discloseRun } from './disclose-run.ts'
import { rowRun } from './run-report.ts'

interface Stoppable {
  readonly signal?: AbortSignal | undefined
}

/**
 * Holds the dataset of a run against everything that the node keeps of it, as a third party would with a full disclosure of some
 * rows, drawn anew each time. Nothing leaves the node.
 */
export async function verifyRun(
  deps: RunDeps,
  reference: string,
  { level, rows, signal }: VerifyRun & Stoppable,
): Promise<LineageVerification> {
  const run = await rowRun(deps, reference)
  const dataset = await datasetOf(deps, run)
  const beacon = toHex(deps.random.bytes(16))
  const chosen = chooseRows(
    { manifestId: dataset.manifestId ?? run.id, beacon },
    { count: rows, rows: dataset.records },
  )
  const { disclosure, roots } = await discloseRun(deps, run, { rows: chosen, openSeeds: level === 3, signal })
  const input: CheckDisclosure = {
    disclosure,
    level,
    provenance: dataset.provenance,
    records: dataset.records,
    paths: await deps.datasets.partPaths(dataset.id),
    before: [rootsCheck(dataset, roots)],
  }
  return deps.workers.run<LineageVerification>('check-disclosure', input, signal === undefined ? {} : { signal })
}

/** Of all rows, not only of those that were drawn. */
function rootsCheck({ provenance }: DatasetRecord, roots: Pick<Provenance, 'rowRoot' | 'lineageRoot'>): AuditCheck {
  const same = provenance.rowRoot === roots.rowRoot && provenance.lineageRoot === roots.lineageRoot
  const evidence = same
    ? 'the outcomes that the node keeps give the roots of the dataset'
    : 'the outcomes that the node keeps give other roots than the dataset has'
  return { id: 'outcomes', verdict: same ? 'pass' : 'fail', evidence }
}

/** What is given to a third party: the rows that are named, or those that a beacon draws. */
export async function discloseRows(
  deps: RunDeps,
  reference: string,
  { rows, beacon, openSeeds, signal }: DiscloseRun & Stoppable,
): Promise<RunDisclosure> {
  const run = await rowRun(deps, reference)
  const { manifestId, records } = await datasetOf(deps, run)
  if (beacon === undefined) return (await discloseRun(deps, run, { rows: rows ?? [], openSeeds, signal })).disclosure
  if (manifestId === undefined) {
    return refuse('conflict', 'the dataset is not published', 'A beacon draws rows of a published dataset only.')
  }
  const chosen = chooseRows({ manifestId, beacon: beacon.value }, { count: beacon.rows, rows: records })
  return (await discloseRun(deps, run, { rows: chosen, openSeeds, signal })).disclosure
}
