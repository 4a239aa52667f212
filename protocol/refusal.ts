import type { ProblemCode } from '../schemas/problem.ts'

/** Expected failure as a value: what was refused, why, and what a person can do about it. Never holds seed content. */
export interface Refusal {
  readonly code: ProblemCode
  readonly detail: string
  readonly hint: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

/** `errors` of a Refusal for what a schema did not take: where, and what the schema says; never the values. */
export function placesOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}): { path: string; message: string }[] {
  return error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
}

/** Carries a Refusal out of an operation to the edge (HTTP or CLI), where it becomes an RFC 9457 problem. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal, options?: { cause?: unknown }) {
    super(`${refusal.code}: ${refusal.detail}`, options)
    this.name = 'Refused'
    this.refusal = refusal
  }
}

/** Throws a Refused; for guards inside operations. */
export function refuse(code: ProblemCode, detail: string, hint: string): never {
  throw new Refused({ code, detail, hint })
}
