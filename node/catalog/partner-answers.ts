import { reasonTexts } from '../../protocol/dsp/process.ts'
import { refuse } from '../../protocol/refusal.ts'
import { Catalog, CatalogError } from '../../schemas/catalog.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { PartnerAnswer } from './operations.ts'

export const NOT_DSP = 'Tell the partner; its node does not follow Dataspace Protocol 2025-1.'

/** The catalog in an answer. Throws Refused `peer-refused` with the partner's reasons when there is none. */
export function catalogIn(answer: PartnerAnswer, provider: ParticipantId): Catalog {
  if (answer.status !== 200) refusedBy(answer, provider)
  const catalog = Catalog.safeParse(answer.body)
  return catalog.data ?? refuse('peer-refused', 'the answer of the partner is no catalog', NOT_DSP)
}

export function refusedBy(answer: PartnerAnswer, provider: ParticipantId): never {
  return refuse(
    'peer-refused',
    `${provider} answered ${answer.status}${reasonsIn(answer)}`,
    answer.status === 401 ? hintUnverified(answer) : 'Ask the partner, or try again later.',
  )
}

function hintUnverified({ clockAhead }: PartnerAnswer): string {
  if (clockAhead === undefined) return 'Check your membership: tanemaki member status.'
  const where = `${Math.abs(clockAhead)} s ${clockAhead > 0 ? 'ahead' : 'behind'}`
  return `Set both clocks by NTP: that of the partner is ${where}, and requests bear 5 s.`
}

/** What a CatalogError says, after a colon; empty when it says nothing. */
export function reasonsIn({ body }: PartnerAnswer): string {
  const reasons = reasonTexts(CatalogError.safeParse(body).data?.reason ?? [])
  return reasons.length === 0 ? '' : `: ${reasons.join('; ').slice(0, 500)}`
}
