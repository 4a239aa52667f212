import type { Role } from '../../../schemas/dsp.ts'
import type { Negotiation } from '../../../schemas/negotiation.ts'
import type { Transfer } from '../../../schemas/transfer.ts'
import { NEGOTIATION_TABLES } from '../../../protocol/negotiation/tables.ts'
import { TRANSFER_TABLES } from '../../../protocol/transfer/tables.ts'

export type Kind = 'negotiation' | 'transfer'

/** A process as a store holds it. */
export interface Held<Process> {
  readonly node: string
  readonly version: number
  /** The process exactly as it is stored. */
  readonly text: string
  readonly process: Process
  /** Transfers: SHA-256 of the token that opens the bytes, at the provider. */
  readonly token: string | null
}

/** What one commit made of one process. */
export type Change =
  | { readonly kind: 'negotiation'; readonly before: Held<Negotiation> | undefined; readonly after: Held<Negotiation> }
  | { readonly kind: 'transfer'; readonly before: Held<Transfer> | undefined; readonly after: Held<Transfer> }

export const FINAL: ReadonlySet<string> = new Set(['FINALIZED', 'COMPLETED', 'TERMINATED'])

/** The tables of both machines, seen alike. */
type Table = Readonly<Record<string, Readonly<Record<'hears' | 'says', Readonly<Record<string, string>>>> | undefined>>

export function tableOf(kind: Kind, role: Role): Table {
  return kind === 'negotiation' ? NEGOTIATION_TABLES[role] : TRANSFER_TABLES[role]
}

/** Every transition that the tables allow, named as `transitionsIn` names them. */
export function allTransitions(): string[] {
  return (['negotiation', 'transfer'] as const).flatMap((kind) =>
    (['consumer', 'provider'] as const).flatMap((role) =>
      Object.entries(tableOf(kind, role)).flatMap(([state, row]) =>
        (['hears', 'says'] as const).flatMap((way) =>
          Object.entries(row?.[way] ?? {}).flatMap(([speech, to]) =>
            to === 'illegal' ? [] : [nameOf({ kind, role, state, way, speech, to })],
          ),
        ),
      ),
    ),
  )
}

interface Transition {
  readonly kind: Kind
  readonly role: Role
  readonly state: string
  readonly way: 'hears' | 'says'
  readonly speech: string
  readonly to: string
}

function nameOf({ kind, role, state, way, speech, to }: Transition): string {
  return `${kind} ${role} ${state} ${way} ${speech} -> ${to}`
}

/** The transitions that a change is made of; undefined when the tables have none that lead there. */
export function transitionsIn({ kind, before, after }: Change): string[] | undefined {
  const { role, state, pending, seen } = after.process
  const was = before?.process ?? { state: 'INITIAL', pending: undefined, seen: [] }
  const table = tableOf(kind, role)
  const speechTo = (from: string, way: 'hears' | 'says') =>
    Object.entries(table[from]?.[way] ?? {}).find(([, to]) => to === state)?.[0]
  const named = (from: string, way: 'hears' | 'says', speech: string | undefined) =>
    speech === undefined ? [] : [nameOf({ kind, role, state: from, way, speech, to: state })]
  const settled = was.pending !== undefined && was.pending.id !== pending?.id ? was.pending : undefined
  if (seen.length > 0 && seen.at(-1) !== was.seen.at(-1)) {
    const direct = named(was.state, 'hears', speechTo(was.state, 'hears'))
    if (direct.length > 0 || was.pending === undefined) return direct.length > 0 ? direct : undefined
    const { to, says } = was.pending
    const through = named(to, 'hears', speechTo(to, 'hears'))
    return through.length === 0
      ? undefined
      : [nameOf({ kind, role, state: was.state, way: 'says', speech: says, to }), ...through]
  }
  if (settled !== undefined && state === settled.to && pending === undefined) {
    return named(was.state, 'says', settled.says)
  }
  if (state === was.state) return []
  if (was.state !== 'INITIAL' || state !== 'TERMINATED') return undefined
  return after.process.termination?.by === role ? named('INITIAL', 'says', 'termination') : []
}
