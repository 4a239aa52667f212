import { negotiationMachine } from '../../protocol/negotiation/machine.ts'
import { NEGOTIATION_TABLES } from '../../protocol/negotiation/tables.ts'
import { transferMachine } from '../../protocol/transfer/machine.ts'
import { TRANSFER_TABLES } from '../../protocol/transfer/tables.ts'
import type { Role } from '../../schemas/dsp.ts'
import type { Negotiation } from '../../schemas/negotiation.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import type { Setting } from './channel.ts'
import { negotiationKind } from './negotiation.ts'
import { type Manner, transferKind } from './transfer.ts'

/** Who gives no ids, in every combination that has such a side. */
export const NAMELESS: readonly { readonly who: string; readonly roles: readonly Role[] }[] = [
  { who: 'the consumer', roles: ['consumer'] },
  { who: 'the provider', roles: ['provider'] },
  { who: 'both', roles: ['consumer', 'provider'] },
]

type Size = Partial<Omit<Setting<never>, 'kind'>> & { readonly capacity: number }

export function negotiations(size: Size, tables = NEGOTIATION_TABLES): Setting<Negotiation> {
  return { nameless: [], prune: true, ...size, kind: negotiationKind(negotiationMachine(tables)) }
}

export function transfers(
  { answering = false, ...size }: Size & Pick<Manner, 'answering'>,
  tables = TRANSFER_TABLES,
): Setting<Transfer> {
  const { nameless = [] } = size
  const manner = { nameless: nameless.length > 0, answering }
  return { nameless, prune: true, ...size, kind: transferKind(transferMachine(tables), manner) }
}
