import type { Role, Termination } from '../../schemas/dsp.ts'
import type { Refusal } from '../refusal.ts'

/** How the peer answered the pending message, as an event of a negotiation or a transfer; `id` names the message. */
export type AnswerEvent =
  /** With 2xx; `peerPid` as its answer names it. */
  | { readonly kind: 'acknowledged'; readonly id: string; readonly peerPid?: string | undefined }
  /**
   * With a final 4xx; or, `unusable`, with a 2xx that does not say what this side must know. `followUp`: id for a termination, if one
   * must be said.
   */
  | {
      readonly kind: 'refused'
      readonly id: string
      readonly reasons: readonly string[]
      readonly followUp: string
      readonly unusable?: boolean
    }

/** What may be heard from the peer and what may be said to it in one phase. Total: every speech leads somewhere or is illegal. */
export interface TableRow<Speech extends string, State extends string> {
  readonly hears: Readonly<Record<Speech, State | 'illegal'>>
  readonly says: Readonly<Record<Speech, State | 'illegal'>>
}

/** The rules of one kind of process: one table per role, one row per phase. */
export type ProcessTables<Phase extends string, Speech extends string, State extends string> = Readonly<
  Record<Role, Readonly<Record<Phase, TableRow<Speech, State>>>>
>

export function otherRole(role: Role): Role {
  return role === 'consumer' ? 'provider' : 'consumer'
}

/** Why a machine does not take an event. */
export function eventRefusal(code: Refusal['code'], detail: string): Refusal {
  return { code, detail, hint: 'GET the process to see its state.' }
}

/** How a process ends that the peer's answer to its opening has not begun. */
export function neverBegun(role: Role, { reasons, unusable = false }: AnswerEvent & { kind: 'refused' }): Termination {
  const end = unusable ? { by: role, code: 'unusable-answer' } : { by: otherRole(role), code: 'refused' }
  return { ...end, reasons: keptReasons(reasons) }
}

/** DSP 2025-1 leaves the form of a reason open: texts are kept, also those that JSON-LD wraps as values. */
export function reasonTexts(reasons: readonly unknown[]): string[] {
  return reasons.flatMap((reason) => {
    const text = typeof reason === 'object' && reason !== null && '@value' in reason ? reason['@value'] : reason
    return typeof text === 'string' ? [text] : []
  })
}

/** What the peer says of why it ends or suspends. */
export function terminationBy(
  by: Role,
  { code, reason = [] }: { readonly code?: string | undefined; readonly reason?: readonly unknown[] | undefined },
): Termination {
  const reasons = keptReasons(reasonTexts(reason))
  return code === undefined ? { by, reasons } : { by, code, reasons }
}

/** As many reasons, of as many characters, as a Termination holds. */
export function keptReasons(reasons: readonly string[]): string[] {
  return reasons.slice(0, 64).map((reason) => reason.slice(0, 2000))
}
