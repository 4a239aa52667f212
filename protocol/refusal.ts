import type { ProblemCode } from '../schemas/problem.ts'

/** Expected failure as a value: what was refused, why, and what a person can do about it. Never holds seed content. */
export interface Refusal {
  readonly code: ProblemCode
  readonly detail: string
  readonly hint: string
  readonly errors?: readonly { readonly path: string; readonly message: string }[]
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of members',
}

const listed = (choices: string) =>
  choices
    .replaceAll(/["']/g, '')
    .split(/\s*\|\s*/)
    .join(', ')

/** The messages of zod that a person who wrote the input would not understand, in words; all others as they are. */
const WORDS: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/^Invalid input: expected .*, received (undefined)$/, () => 'is missing'],
  [/^Invalid input: expected (\w+), received \w+$/, (kind) => `must be ${KINDS[kind] ?? kind}`],
  [/^Invalid option: expected one of (.+)$/, (choices) => `must be one of ${listed(choices)}`],
  [/^Invalid discriminator value\. Expected (.+)$/, (choices) => `must be one of ${listed(choices)}`],
  [/^Unrecognized keys?: (.+)$/, (names) => `has no member ${names}`],
  [/^Too big: expected \w+ to be <=(\S+)$/, (limit) => `must be at most ${limit}`],
  [/^Too small: expected \w+ to be >=(\S+)$/, (limit) => `must be at least ${limit}`],
]

export function inWords(message: string): string {
  for (const [pattern, words] of WORDS) {
    const found = pattern.exec(message)?.[1]
    if (found !== undefined) return words(found)
  }
  return message
}

/** `errors` of a Refusal for what a schema did not take: where, and what the schema says; never the values. */
export function placesOf(error: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]
}): { path: string; message: string }[] {
  return error.issues.map(({ path, message }) => ({ path: path.join('.'), message: inWords(message) }))
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
