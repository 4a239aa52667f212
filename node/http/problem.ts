import type { Problem, ProblemCode } from '../../schemas/problem.ts'
import { type Refusal, Refused } from '../../protocol/refusal.ts'

interface ProblemKind {
  readonly status: number
  readonly title: string
}

/** HTTP status and title of every problem code. */
export const problemKinds: Readonly<Record<ProblemCode, ProblemKind>> = {
  internal: { status: 500, title: 'Internal error' },
  'invalid-request': { status: 400, title: 'Invalid request' },
  unauthorized: { status: 401, title: 'Not authorised' },
  'not-found': { status: 404, title: 'Not found' },
  conflict: { status: 409, title: 'Conflict' },
  'too-large': { status: 413, title: 'Too large' },
  unsupported: { status: 415, title: 'Not supported' },
  unavailable: { status: 503, title: 'Not available' },
  'peer-refused': { status: 502, title: 'The peer refused' },
  'peer-unreachable': { status: 502, title: 'The peer cannot be reached' },
  'setting-unknown': { status: 400, title: 'Unknown setting' },
  'setting-invalid': { status: 400, title: 'Invalid setting' },
  'port-taken': { status: 409, title: 'Port taken' },
  'node-not-initialised': { status: 409, title: 'Node not initialised' },
  'disk-full': { status: 507, title: 'Disk full' },
  'table-invalid': { status: 422, title: 'The table does not fit its schema' },
  'not-evaluated': { status: 409, title: 'Not evaluated' },
  'gate-failed': { status: 409, title: 'A gate does not pass' },
  'manifest-refused': { status: 502, title: 'The manifest is refused' },
  'wrong-bytes': { status: 502, title: 'Wrong bytes' },
  'not-a-member': { status: 409, title: 'Not in a space' },
  'not-the-authority': { status: 403, title: 'Not the authority' },
  'invitation-invalid': { status: 400, title: 'Invitation not valid' },
  'invitation-expired': { status: 403, title: 'Invitation expired' },
  'invitation-used': { status: 403, title: 'Invitation used' },
  'not-implemented': { status: 501, title: 'Not implemented' },
  'membership-refused': { status: 403, title: 'Membership refused' },
  'policy-refused': { status: 400, title: 'Policy refused' },
  'policy-denied': { status: 403, title: 'Denied by policy' },
  'policy-not-understood': { status: 403, title: 'Policy not understood' },
  'illegal-transition': { status: 400, title: 'Not possible in this state' },
  'transfer-not-running': { status: 403, title: 'Transfer not running' },
  'recipe-invalid': { status: 422, title: 'The recipe is not valid' },
  'domain-not-public': { status: 409, title: 'A domain is not public' },
  'budget-exceeded': { status: 409, title: 'Privacy budget exceeded' },
  'recipe-exhausted': { status: 409, title: 'Too few rows were accepted' },
  'endpoint-forbidden': { status: 409, title: 'Model endpoint may not see the records' },
  'constraint-unsatisfiable': { status: 422, title: 'Constraint cannot be kept' },
  'ledger-inconsistent': { status: 409, title: 'The log is inconsistent' },
  'receipt-refused': { status: 422, title: 'Receipt refused' },
}

/** RFC 9457 body of a refusal. */
export function problemOf(refusal: Refusal): Problem {
  const { status, title } = problemKinds[refusal.code]
  return {
    type: `urn:tanemaki:problem:${refusal.code}`,
    title,
    status,
    code: refusal.code,
    detail: refusal.detail,
    hint: refusal.hint,
    ...(refusal.errors === undefined ? {} : { errors: [...refusal.errors] }),
  }
}

/** What an unexpected error shows to the outside: nothing of its inside. */
export const internalProblem: Problem = problemOf({
  code: 'internal',
  detail: 'the node failed to answer this request',
  hint: 'The log of the node has an entry with the same time.',
})

export function problemOfError(error: unknown): Problem {
  return error instanceof Refused ? problemOf(error.refusal) : internalProblem
}
