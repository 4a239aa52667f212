import type { CopyDetail, ExactCopyThresholds, FullReport, GateId, GateResult } from '../../schemas/evaluation.ts'
import type { ModelledColumn } from '../../schemas/seed-schema.ts'
import { isModelled } from '../generation/cells.ts'
import type { Table } from '../generation/table.ts'
import { judgeDpLedger } from './dp-ledger.ts'
import type { EvaluationInput } from './evaluation-types.ts'
import { judgeEvidence } from './evidence.ts'
import { countCopies, judgeCopies } from './exact-copy.ts'
import { judgePersonalData } from './personal-data.ts'
import { judgeTextCopies } from './text-copies.ts'
import { judgeSpans } from './verbatim-spans.ts'
import { judgeFidelity, measureFidelity } from './fidelity.ts'
import { judgeUtility, measureUtility } from './utility.ts'
import { judgeValidity, measureValidity } from './validity.ts'

const notTested = [
  'near copies and distances to training rows (G2, G3)',
  'membership inference (G4)',
  'singling out, linkability and attribute inference attacks (G5)',
  'rare combinations and identity risk (G6, G7)',
  'columns without texts that the seeds do not have',
  'texts that tell a training text in other words, and planted canaries (G10)',
  'an attacker with other data sets at hand',
]

/** Columns that every table has and the schema declares; the copies gate compares exactly these. */
function commonColumns({ schema, training, control, synthetic }: EvaluationInput): ModelledColumn[] {
  const has = (table: Table, name: string): boolean => table.columns.some((column) => column.name === name)
  return schema.columns
    .filter(isModelled)
    .filter(({ name }) => [training, control, synthetic].every((table) => has(table, name)))
}

function measurePrivacy(
  input: EvaluationInput,
  columns: readonly ModelledColumn[],
): Pick<FullReport, 'gates' | 'copies'> {
  const { thresholds, training, control, synthetic, evidence, claim, seed, texts } = input
  const { G0, G1, G8, G9, G11 } = thresholds.gates
  const names = columns.map(({ name }) => name)
  const copies = countCopies({ synthetic, training, control, columns: names, seed })
  const gates = [
    ...(G0 === undefined
      ? []
      : [judgeEvidence({ ...evidence, trainingRows: training.rows, controlRows: control.rows }, G0)]),
    ...(G1 === undefined ? [] : [judgeAllCopies(input, { names, copies }, G1)]),
    ...(G8 === undefined ? [] : [texts === undefined ? unmeasured('G8') : judgePersonalData(texts, G8)]),
    ...(G9 === undefined
      ? []
      : [texts === undefined || training.rows === 0 ? unmeasured('G9') : judgeSpans(texts, G9)]),
    ...(G11 === undefined ? [] : [judgeDpLedger(claim, G11)]),
  ]
  return { gates, copies }
}

function unmeasured(gate: GateId): GateResult {
  const [statistic, rule, reason] = [
    'not measured',
    'texts are measured',
    'the published strings were compared with no seeds',
  ]
  return { gate, verdict: 'insufficient-evidence', statistic, rule, reason }
}

/** G1 over the columns of the table and over the texts; the worse of both counts. */
function judgeAllCopies(
  { training, synthetic, texts }: EvaluationInput,
  { names, copies }: { readonly names: readonly string[]; readonly copies: CopyDetail },
  thresholds: ExactCopyThresholds,
): GateResult {
  const rows = judgeCopies(copies, thresholds)
  const lacking = { ...rows, verdict: 'insufficient-evidence' as const }
  const complete = names.length === synthetic.columns.length && names.length > 0
  const ofTexts = texts?.copies === undefined ? [] : [judgeTextCopies(texts.copies, thresholds)]
  const ofRows = complete
    ? [rows]
    : synthetic.columns.length > 0 || training.rows === 0
      ? [{ ...lacking, reason: 'training and control rows lack columns of the dataset' }]
      : []
  const unread =
    texts?.complete === false ? [{ ...lacking, reason: 'the seeds have more text than can be compared' }] : []
  const none = {
    ...rows,
    verdict: 'not-applicable' as const,
    reason: 'the seeds have nothing that the dataset could copy',
  }
  return [...ofRows, ...ofTexts, ...unread].toSorted((a, b) => severity(b) - severity(a))[0] ?? none
}

function severity({ verdict }: GateResult): number {
  return ['not-applicable', 'pass', 'insufficient-evidence', 'fail'].indexOf(verdict)
}

function measureQuality(
  input: EvaluationInput,
  columns: readonly ModelledColumn[],
): Pick<FullReport, 'gates' | 'fidelity' | 'utility'> {
  const { training, control, synthetic, claim, seed, onProgress } = input
  const { Q1, Q2 } = input.thresholds.gates
  const gates: GateResult[] = []
  const rows = Math.min(training.rows, synthetic.rows)
  const comparable = Q1 !== undefined && rows > 0 && columns.length > 0
  const fidelity = comparable ? measureFidelity(columns, training, synthetic) : undefined
  if (Q1 !== undefined) {
    const epsilon = claim === undefined ? undefined : Number(claim.epsilon)
    const nothingToCompare = synthetic.columns.length === 0 && training.rows > 0
    gates.push(judgeFidelity(fidelity, { rows, epsilon, nothingToCompare }, Q1))
  }
  onProgress?.('Q2', 0.4)
  const name = input.target ?? input.schema.target
  const target = columns.find((column) => column.name === name)
  const testable = Q2 !== undefined && rows > 0 && control.rows > 0 && columns.length > 1
  const utility =
    testable && target !== undefined
      ? measureUtility({ columns, target, training, control, synthetic, seed })
      : undefined
  if (Q2 !== undefined) gates.push(judgeUtility(utility, name !== undefined, Q2))
  return {
    gates,
    ...(fidelity === undefined ? {} : { fidelity }),
    ...(utility === undefined ? {} : { utility }),
  }
}

/**
 * Measures a synthetic table against the training rows it was made from and control rows it never saw, and judges the
 * gates of a rulebook. Missing tables and columns make verdicts of insufficient evidence, never of success. Measures
 * only what the rulebook asks for. Deterministic in its input.
 */
export function evaluateTable(input: EvaluationInput): FullReport {
  const { schema, thresholds, training, control, synthetic, claim, onProgress } = input
  const columns = commonColumns(input)
  onProgress?.('G1', 0)
  const privacy = measurePrivacy(input, columns)
  onProgress?.('Q1', 0.2)
  const quality = measureQuality(input, columns)
  onProgress?.('Q3', 0.9)
  const validity = measureValidity(schema, synthetic)
  const gates = [
    ...privacy.gates,
    ...quality.gates,
    ...(thresholds.gates.Q3 === undefined ? [] : [judgeValidity(validity, thresholds.gates.Q3)]),
  ]
  onProgress?.('done', 1)
  return {
    type: 'urn:tanemaki:evaluation-report:v1',
    policy: thresholds,
    subject: schema.subject,
    gates,
    rows: { synthetic: synthetic.rows, training: training.rows, control: control.rows },
    ...(claim === undefined ? {} : { claim }),
    ...(privacy.copies === undefined ? {} : { copies: privacy.copies }),
    ...(quality.fidelity === undefined ? {} : { fidelity: quality.fidelity }),
    ...(quality.utility === undefined ? {} : { utility: quality.utility }),
    validity,
    ...(input.texts === undefined ? {} : { texts: input.texts }),
    notTested,
  }
}
