import type { Did } from '../schemas/ids.ts'
import { ReceiptProposal } from '../schemas/ledger.ts'

/** The three proposals of one exchange between two parties. */
export function exampleExchange(exchangeId: string, parties: { provider: Did; consumer: Did }) {
  const digest = 'ab'.repeat(32)
  const resource = { name: 'part-0001.parquet', size: 10, root: digest }
  const common = {
    exchangeId,
    ...parties,
    agreement: { id: exchangeId, sha256: digest },
    manifestId: `sha256:${digest}`,
    offer: { sha256: digest },
  }
  const transferId = `${exchangeId}:transfer`
  return {
    agreed: ReceiptProposal.parse({ type: 'AgreementFinalized', ...common, body: { duties: [{ action: 'delete' }] } }),
    started: ReceiptProposal.parse({
      type: 'TransferStarted',
      ...common,
      body: {
        transferId,
        transport: 'http-pull',
        startedAt: '2026-11-22T10:00:00.000Z',
        resources: [resource],
        expectedBytes: 10,
      },
    }),
    completed: ReceiptProposal.parse({
      type: 'TransferCompleted',
      ...common,
      body: { transferId, result: 'complete', resources: [resource], datasetRoot: digest, bytes: 10, durationMs: 5 },
    }),
  }
}
