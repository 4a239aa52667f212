import * as z from 'zod'
import { Did } from '../../schemas/ids.ts'
import type { JobDraft } from '../ports/queue.ts'
import type { HeldCredential } from './store.ts'

export const renewalQueue = 'credential-renew'

export const RenewalPayload = z.object({ type: z.string(), issuer: Did, validUntil: z.int() })

/** Asks again when two thirds of the credential's life are over. A key of its own: a waiting renewal delays nothing else. */
export function renewalJob(held: HeldCredential, now: number): JobDraft {
  const { id, type, issuer, validUntil } = held
  const payload: z.infer<typeof RenewalPayload> = { type, issuer, validUntil }
  return { queue: renewalQueue, key: id, dedupe: id, payload, runAt: now + Math.floor(((validUntil - now) * 2) / 3) }
}
