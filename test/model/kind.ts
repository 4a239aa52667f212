import type { AnswerEvent } from '../../protocol/dsp/process.ts'
import type { Refusal } from '../../protocol/refusal.ts'
import type { Role } from '../../schemas/dsp.ts'
import type { Figure } from './figures.ts'

/** What negotiations and transfers have in common for the exploration. */
export interface Held {
  readonly pid: string
  readonly peerPid?: string | undefined
  readonly role: Role
  readonly state: string
  readonly pending?: Pending | undefined
  readonly seen: string[]
  readonly lastSaid?: string | undefined
}

export interface Pending {
  readonly id: string
  readonly says: string
  readonly to: string
  readonly after?: string | undefined
}

/** A message on its way; its sender may have given it up since. */
export interface Letter {
  readonly kind: 'letter'
  readonly from: Role
  readonly opening: boolean
  readonly pending: Pending
}

export type Decided<P> = { readonly next: P; readonly repeated: boolean } | Refusal

/** One kind of process under exploration. */
export interface Kind<P extends Held> {
  readonly figure: Figure
  readonly final: readonly string[]
  /** States of consumer and provider that may differ while one side has not heard the answer yet. */
  readonly pairs: ReadonlySet<string>
  /** What to say, the first that is possible, until the process ends well. */
  readonly towardsSuccess: readonly string[]
  readonly success: string
  /** The processes with which worlds begin: opened by their side, not answered yet. */
  openings(): Decided<P>[]
  /** The process that an opening brings to life at the other side. */
  born(letter: Letter): P
  /** Everything that a person, a program or a foreign rule may want to say, sensible or not; `id` is fresh. */
  words(process: P, id: string): { readonly says: string; decide(): Decided<P> }[]
  hear(process: P, letter: Letter, how: { readonly identity: string; readonly peerPid: string }): Decided<P>
  answered(process: P, answer: AnswerEvent): Decided<P>
  /** What tells one message of a sender that gives no ids from another. */
  digest(letter: Letter): string
  /** Forgets what can make no difference any more. */
  forget(process: P, known: Known): P
  /** Everything of the process that can make a difference, its ids written by `name`. */
  facts(process: P, name: Name): string
  letterFacts(pending: Pending, name: Name): string
  /** What is wrong with this pair of processes, besides their states. */
  pairFault(consumer: P, provider: P, quiet: boolean): string | undefined
  stepFault(before: P, after: P): string | undefined
}

export type Name = (id: string | undefined) => string

/** What a process may still meet. */
export interface Known {
  /** Identities of messages of the peer that may come, or come again. */
  readonly coming: ReadonlySet<string>
  /** Own messages that the peer may have heard last, as it names them. */
  readonly named: ReadonlySet<string | undefined>
  /** Own messages that the peer compares with what this side has heard last. */
  readonly compared: ReadonlySet<string | undefined>
}

export const ROLES: readonly Role[] = ['consumer', 'provider']
