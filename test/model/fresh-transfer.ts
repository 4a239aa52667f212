import type { Role } from '../../schemas/dsp.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import type { Transfer } from '../../schemas/transfer.ts'

const NOW = Instant.parse('2026-06-01T00:00:00.000Z')

/** A transfer of which nothing has been said yet. */
export function freshTransfer(role: Role): Transfer {
  return {
    pid: `urn:uuid:${role}`,
    role,
    peer: Did.parse(role === 'consumer' ? 'did:web:bureau.example' : 'did:web:lab.example'),
    peerAddress: 'https://peer.example/dsp/2025-1',
    agreementId: 'urn:uuid:agreement',
    datasetId: 'urn:uuid:dataset',
    format: 'HttpData-PULL',
    state: 'INITIAL',
    memberships: [],
    seen: [],
    createdAt: NOW,
    updatedAt: NOW,
  }
}
