import {
  type FullReport,
  type GateId,
  GateThresholds,
  type Publishability,
  type Verdict,
} from '../../schemas/evaluation.ts'

/** Gates that may say that they do not apply. */
const applicable: Readonly<Partial<Record<GateId, string>>> = {
  G1: 'texts from seeds that have none',
  G9: 'no texts on one side',
  G11: 'no claim',
  Q1: 'no column that the seeds have',
  Q2: 'no target',
}
/** Gates that every dataset needs, whomever it is about. */
const always: ReadonlySet<GateId> = new Set(['Q3', 'G8'])

/** Gates that a rulebook requires, those that cannot be measured yet included. */
export function requiredGates(thresholds: GateThresholds): GateId[] {
  const present = new Set(
    Object.entries(thresholds.gates).flatMap(([gate, rule]) => (rule === undefined ? [] : [gate])),
  )
  const known = GateThresholds.shape.gates.keyof().options
  return [...known.filter((gate) => present.has(gate)), ...thresholds.unmeasured]
}

/**
 * Whether a dataset with these gate results may be published under a rulebook: every required gate passed, or does not
 * apply where its rule says that it may not. A missing result, a failure and too little evidence all block. Data about no
 * person and no organisation (`public`) need no gate that compares with seeds.
 */
export function decidePublication(
  { gates: results, subject }: Pick<FullReport, 'gates' | 'subject'>,
  thresholds: GateThresholds,
): Publishability {
  const blockedBy = requiredGates(thresholds).flatMap((gate): Publishability['blockedBy'] => {
    const result = results.find((each) => each.gate === gate)
    if (result === undefined || thresholds.unmeasured.includes(gate)) {
      return [{ gate, verdict: 'insufficient-evidence', reason: 'the gate was not measured' }]
    }
    if (result.verdict === 'pass') return []
    if (result.verdict === 'not-applicable' && applicable[gate] !== undefined) return []
    if (result.verdict === 'not-applicable' && subject === 'public' && !always.has(gate)) return []
    return [{ gate, verdict: result.verdict, reason: result.reason }]
  })
  return { publishable: blockedBy.length === 0, blockedBy }
}

/** One word for all gates of a rulebook. */
export function overallVerdict(decision: Publishability): Exclude<Verdict, 'not-applicable'> {
  if (decision.publishable) return 'pass'
  return decision.blockedBy.some(({ verdict }) => verdict === 'fail') ? 'fail' : 'insufficient-evidence'
}
