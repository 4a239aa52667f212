import { datasetPath } from '../../protocol/datasets/dataset-path.ts'
import { decidePublication, overallVerdict, requiredGates } from '../../protocol/evaluation/decide.ts'
import { publicReport } from '../../protocol/evaluation/report.ts'
import { canonicalBytes } from '../../protocol/canonical/jcs.ts'
import { sha256Hex, toHex } from '../../protocol/canonical/hash.ts'
import { instantOf } from '../../protocol/instant.ts'
import { refuse } from '../../protocol/refusal.ts'
import { DatasetEvaluation, type DatasetRecord } from '../../schemas/datasets.ts'
import { FullReport, type GateResult, type GateThresholds, type PublicReport } from '../../schemas/evaluation.ts'
import type { Instant } from '../../schemas/ids.ts'
import type { Subject } from '../../schemas/seed-schema.ts'
import type { EvaluateTask } from '../ports/evaluation-task.ts'
import { gatherEvidence } from './gather-evidence.ts'
import type { EvaluationDeps, EvaluationSummary, FollowEvaluation } from './operations.ts'

/** Counts the attempt, measures the files as they lie, keeps the full report sealed and hands the coarsened one over. */
export async function evaluateDataset(
  deps: EvaluationDeps,
  datasetId: string,
  follow: FollowEvaluation,
): Promise<EvaluationSummary> {
  const record = await deps.datasets.find(datasetId)
  if (record.state === 'published' || record.state === 'withdrawn') {
    refuse('conflict', `the dataset is ${record.state}`, 'A published version stays as it is; make a new version.')
  }
  const rulebook = await deps.governance.rulebook()
  const attempt = await deps.store.beginAttempt(record.id)
  const evidence = await gatherEvidence(deps, record)
  const applicable = evidence.exempt === undefined ? rulebook.gates : withoutSeeds(rulebook.gates)
  const task = await taskFor(deps, record, { ...evidence.input, thresholds: applicable })
  const measured = await measure(deps, task, follow)
  const exempt = evidence.exempt === undefined ? [] : notApplicable(rulebook.gates, measured.gates, evidence.exempt)
  const full = { ...measured, policy: rulebook.gates, gates: [...measured.gates, ...exempt] }
  const at = instantOf(deps.clock.now())
  const report = publicReport(full, { at, attempt })
  const kept = await keepFullReport(deps, full, { datasetId: record.id, attempt })
  const evaluation = evaluationOf(full, {
    record,
    report,
    at,
    rulebookVersion: String(rulebook.version),
    kept,
    seedsSubject: evidence.seedsSubject,
  })
  await deps.datasets.recordEvaluation(record.id, evaluation, canonicalBytes(report))
  await deps.store.finishAttempt(record.id, { reportPath: kept.path, at: Date.parse(at) })
  deps.log.info('dataset-evaluated', { dataset: record.id, attempt, verdict: evaluation.verdict })
  return { datasetId: record.id, attempt, evaluation, report }
}

async function taskFor(
  { datasets, keys }: EvaluationDeps,
  record: DatasetRecord,
  input: Omit<EvaluateTask, 'parts' | 'rows' | 'seed'>,
): Promise<EvaluateTask> {
  const paths = await datasets.partPaths(record.id)
  const parts = record.resources.map(({ digest, tree }, at) => ({
    path: paths[at] ?? '',
    sha256: digest.sha256,
    chunk: tree.chunk,
  }))
  // Bound to the files: repeating an evaluation tells nothing new about the control set.
  const seed = await keys.derive(`urn:tanemaki:evaluation-seed:v1 ${record.datasetRoot}`)
  return { ...input, parts, rows: record.records, seed }
}

async function measure({ workers }: EvaluationDeps, task: EvaluateTask, follow: FollowEvaluation): Promise<FullReport> {
  const result = await workers.run<FullReport>('evaluate', task, {
    ...(follow.signal === undefined ? {} : { signal: follow.signal }),
    onProgress: (progress) => follow.onProgress?.(progress as { phase: string; done: number }),
  })
  return FullReport.parse(result)
}

/** The gates that need no seeds: validity, and personal data in published strings. */
function withoutSeeds(thresholds: GateThresholds): GateThresholds {
  const { G8, Q3 } = thresholds.gates
  const gates = { ...(G8 === undefined ? {} : { G8 }), ...(Q3 === undefined ? {} : { Q3 }) }
  return { policy: thresholds.policy, gates, unmeasured: [] }
}

/** Gates that compare with seeds, for data that say nothing about persons or an organisation and have none. */
function notApplicable(thresholds: GateThresholds, measured: readonly GateResult[], reason: string): GateResult[] {
  const present = new Set(measured.map(({ gate }) => gate))
  return requiredGates(thresholds)
    .filter((gate) => !present.has(gate))
    .map((gate) => ({ gate, verdict: 'not-applicable', statistic: 'not measured', rule: 'needs seeds', reason }))
}

interface Kept {
  readonly path: string
  readonly sha256: string
}

/** The salt keeps the public digest from confirming a guess about the report. */
async function keepFullReport(
  { blobs, keys, random }: EvaluationDeps,
  report: FullReport,
  { datasetId, attempt }: { datasetId: string; attempt: number },
): Promise<Kept> {
  const path = `evaluations/${datasetPath(datasetId)}/${attempt}`
  const bytes = new TextEncoder().encode(JSON.stringify({ salt: toHex(random.bytes(32)), report }))
  await blobs.write(path, await keys.seal(path, bytes))
  return { path, sha256: sha256Hex(bytes) }
}

interface Outcome {
  readonly record: DatasetRecord
  readonly report: PublicReport
  readonly at: Instant
  readonly rulebookVersion: string
  readonly kept: Kept
  readonly seedsSubject: Subject | undefined
}

function evaluationOf(
  full: FullReport,
  { record, report, at, rulebookVersion, kept, seedsSubject }: Outcome,
): DatasetEvaluation {
  const decision = decidePublication(full, full.policy)
  const bytes = canonicalBytes(report)
  return DatasetEvaluation.parse({
    verdict: overallVerdict(decision),
    at,
    rulebookVersion,
    reasons: decision.blockedBy.map(({ gate, verdict, reason }) => `${gate} ${verdict}: ${reason}`),
    lacking: decision.blockedBy.flatMap(({ gate, verdict }) => (verdict === 'insufficient-evidence' ? [gate] : [])),
    ...(seedsSubject === undefined ? {} : { seedsSubject }),
    datasetRoot: record.datasetRoot,
    publicReport: { sha256: sha256Hex(bytes), size: bytes.length, mediaType: 'application/json' },
    fullReport: { sha256: kept.sha256 },
  })
}
