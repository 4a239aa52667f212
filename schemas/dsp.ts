import * as z from 'zod'
import { Did, Instant, Iri } from './ids.ts'

/** The one JSON-LD context of Dataspace Protocol 2025-1. */
export const DSP_CONTEXT = 'https://w3id.org/dspace/2025/1/context.jsonld'

/** Accepts a single value where the protocol says array, and drops an empty array: lenient in. */
export function oneOrMany<Schema extends z.ZodType>(schema: Schema) {
  return z.preprocess((value) => {
    if (value === undefined || (Array.isArray(value) && value.length === 0)) return undefined
    return Array.isArray(value) ? value : [value]
  }, z.array(schema).max(256).optional())
}

/** `@context` of a message: must name the context of DSP 2025-1, may name more. */
export const DspContext = z.preprocess(
  (value) => (typeof value === 'string' ? [value] : value),
  z
    .array(z.unknown())
    .max(32)
    .refine((entries) => entries.includes(DSP_CONTEXT), `@context must name ${DSP_CONTEXT}`),
)

/** Members of every message. `@id` is the identity of the message; DSP 2025-1 allows it and does not require it. */
export const messageMembers = { '@context': DspContext, '@id': Iri.optional() }
/** Members of every message inside a negotiation or a transfer. */
export const processMembers = { ...messageMembers, providerPid: Iri, consumerPid: Iri }
/** Members of a message that says why something ended, rests, or was refused. */
export const faultMembers = { code: z.string().max(256).optional(), reason: oneOrMany(z.unknown()) }

export const Role = z.enum(['consumer', 'provider'])
export type Role = z.infer<typeof Role>

/** Why and by whom a process ended. */
export const Termination = z.object({
  by: Role,
  code: z.string().max(256).optional(),
  reasons: z.array(z.string().max(2000)).max(64),
})
export type Termination = z.infer<typeof Termination>

/** A membership that the peer proved with its last message: whose, and until when. */
export const ProvenMembership = z.object({ authority: Did, validUntil: Instant })
export type ProvenMembership = z.infer<typeof ProvenMembership>
