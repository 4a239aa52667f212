import * as z from 'zod'

/** Closed list of problem codes. The HTTP status of each is in node/http/problem.ts. */
export const ProblemCode = z.enum([
  'internal',
  'invalid-request',
  'unauthorized',
  'not-found',
  'conflict',
  'too-large',
  'unsupported',
  'unavailable',
  'peer-refused',
  'peer-unreachable',
  'setting-unknown',
  'setting-invalid',
  'port-taken',
  'node-not-initialised',
  'disk-full',
  'table-invalid',
  'not-evaluated',
  'gate-failed',
  'manifest-refused',
  'wrong-bytes',
  'not-a-member',
  'not-the-authority',
  'invitation-invalid',
  'invitation-expired',
  'invitation-used',
  'membership-refused',
  'not-implemented',
  'policy-refused',
  'policy-denied',
  'policy-not-understood',
  'illegal-transition',
  'transfer-not-running',
  'recipe-invalid',
  'domain-not-public',
  'budget-exceeded',
  'endpoint-forbidden',
  'recipe-exhausted',
  'constraint-unsatisfiable',
  'ledger-inconsistent',
  'receipt-refused',
])
export type ProblemCode = z.infer<typeof ProblemCode>

/** RFC 9457 problem details; `type` is `urn:tanemaki:problem:<code>`. `hint` says what the reader can do. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: ProblemCode,
  detail: z.string(),
  hint: z.string(),
  /** Places in the input that were refused, never the refused values. */
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof Problem>
