import { join } from 'node:path'
import { createNegotiationStore } from '../../node/adapters/sqlite/negotiation-store.ts'
import { openDatabase } from '../../node/adapters/sqlite/open.ts'
import { createTransferStore } from '../../node/adapters/sqlite/transfer-store.ts'
import { systemClock } from '../../node/adapters/system/system-clock.ts'
import { databaseFile } from '../../node/config/data-folder.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { Agreement, MessageOffer } from '../../schemas/policy.ts'
import { Transfer } from '../../schemas/transfer.ts'
import type { Role } from '../../schemas/dsp.ts'
import type { NetworkNode } from './create-network.ts'

export const PLACED_OFFER = MessageOffer.parse({
  '@id': 'urn:uuid:placed-offer',
  '@type': 'Offer',
  target: 'urn:uuid:placed-dataset',
  permission: [{ action: 'use' }],
})

interface Place {
  readonly role: Role
  /** The node that holds the other side, as far as this one knows: it has no such process. */
  readonly peer: NetworkNode
  readonly state: string
}

let placed = 0

const common = ({ role, peer, state }: Place) => {
  placed += 1
  const at = new Date(Date.UTC(2026, 0, 1)).toISOString()
  return {
    pid: `urn:uuid:placed-${placed}`,
    peerPid: `urn:uuid:placed-${placed}-peer`,
    role,
    peer: peer.did,
    peerAddress: `${peer.publicUrl}/dsp/2025-1`,
    datasetId: PLACED_OFFER.target,
    memberships: [],
    state,
    seen: [],
    createdAt: at,
    updatedAt: at,
  }
}

/** Puts a negotiation into the store of a running node, as if its messages had brought it to this state. */
export async function placeNegotiation(node: NetworkNode, place: Place): Promise<Negotiation> {
  const process = Negotiation.parse({
    ...common(place),
    offer: PLACED_OFFER,
    asked: PLACED_OFFER,
    offeredBy: 'provider',
  })
  const db = openDatabase(join(node.dataDir, databaseFile))
  await createNegotiationStore(db, systemClock).insert(process, {})
  db.close()
  return process
}

export async function placeTransfer(node: NetworkNode, place: Place): Promise<Transfer> {
  const held = common(place)
  const agreementId = `${held.pid}-agreement`
  const process = Transfer.parse({ ...held, agreementId, format: 'HttpData-PULL', use: 1 })
  const db = openDatabase(join(node.dataDir, databaseFile))
  await createTransferStore(db, systemClock).insert(process, {})
  db.close()
  return process
}

/** An agreement on the placed offer between these nodes. */
export function placedAgreement(provider: NetworkNode, consumer: NetworkNode, id: string): Agreement {
  const parties = { assigner: provider.did, assignee: consumer.did, timestamp: '2026-01-01T00:00:00.000Z' }
  return Agreement.parse({ ...PLACED_OFFER, ...parties, '@id': id, '@type': 'Agreement' })
}
