import { DSP_CONTEXT, type Role } from '../../schemas/dsp.ts'
import type { Refusal } from '../refusal.ts'

/** A message ready to be posted: path below the peer's base address, and the body. */
export interface Letter<Message> {
  readonly path: string
  readonly message: Message
}

/** What every message between two known processes starts with. */
export interface Envelope {
  readonly '@context': string[]
  readonly '@id': string
  readonly providerPid: string
  readonly consumerPid: string
}

/** Stands in an error body for a process id that does not exist; DSP 2025-1 requires both ids there. */
export const UNKNOWN_PID = 'urn:uuid:00000000-0000-0000-0000-000000000000'

/** A process as messages name it: the id at this side, and the peer's. */
export interface ProcessIds {
  readonly role: Role
  readonly pid: string
  readonly peerPid?: string | undefined
}

/** The ids of both sides under their names in a message. A peer without an id yet is UNKNOWN_PID. */
export function pidMembers({ role, pid, peerPid = UNKNOWN_PID }: ProcessIds) {
  return role === 'provider' ? { providerPid: pid, consumerPid: peerPid } : { providerPid: peerPid, consumerPid: pid }
}

/** `id` becomes the `@id` of the message. */
export function envelope(id: string, process: ProcessIds): Envelope {
  return { '@context': [DSP_CONTEXT], '@id': id, ...pidMembers(process) }
}

/** Ids of a received message as seen from the side that has this role. */
export function pidsSeenAs(
  role: Role,
  message: { providerPid?: string | undefined; consumerPid?: string | undefined },
) {
  const { providerPid, consumerPid } = message
  return role === 'consumer' ? { own: consumerPid, other: providerPid } : { own: providerPid, other: consumerPid }
}

/** `code` and `reason` of a message that ends or suspends; an empty list of reasons is left out (DSP: at least one item). */
export function fault(cause: { readonly code?: string | undefined; readonly reasons: readonly string[] } | undefined): {
  code?: string
  reason?: string[]
} {
  if (cause === undefined) return {}
  return {
    ...(cause.code === undefined ? {} : { code: cause.code }),
    ...(cause.reasons.length === 0 ? {} : { reason: [...cause.reasons] }),
  }
}

/** A refusal as `code` and `reason` of an error body: what was refused, and the first 16 of the places that are wrong. */
export function faultOf({ code, detail, errors = [] }: Refusal) {
  const places = errors.slice(0, 16).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
  return fault({ code, reasons: [detail, ...places] })
}
