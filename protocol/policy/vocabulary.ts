/** Operand of ours: the rightOperand is the DID of the authority whose MembershipCredential the recipient must hold. */
export const MEMBERSHIP_OPERAND = 'urn:tanemaki:operand:membership:v1'

const ODRL = 'http://www.w3.org/ns/odrl/2/'

/** Left operands that this program can evaluate, in canonical form (ODRL 2.2 vocabulary §4.5 without prefix, or a full IRI). */
export const KNOWN_OPERANDS = ['recipient', 'purpose', 'dateTime', 'count', MEMBERSHIP_OPERAND] as const
export type KnownOperand = (typeof KNOWN_OPERANDS)[number]

/** One spelling for a term of ODRL: `odrl:count`, its full IRI and `count` are the same word. Other terms stay as they are. */
export function canonicalTerm(term: string): string {
  if (term.startsWith(ODRL)) return term.slice(ODRL.length)
  return term.startsWith('odrl:') ? term.slice('odrl:'.length) : term
}

/**
 * How a term is written in our offers. DSP's own context defines `use` but neither the operands nor `distribute` and `delete`,
 * so these carry the prefix that it does define; readers of JSON-LD then keep them.
 */
export function writtenTerm(term: string): string {
  return term === 'use' || term.includes(':') ? term : `odrl:${term}`
}

export function isKnownOperand(term: string): term is KnownOperand {
  return KNOWN_OPERANDS.some((known) => known === term)
}
