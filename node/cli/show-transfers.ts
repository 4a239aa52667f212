import * as z from 'zod'
import { ReceiptRecord } from '../../schemas/ledger.ts'
import { PushProgress } from '../../schemas/pushes.ts'
import { PULL_FORMAT, Transfer } from '../../schemas/transfer.ts'
import type { ApiClient } from './api-client.ts'
import type { Printer } from './output.ts'

/** A transfer with what proves it. missing: nobody has signed that; it is not assumed. */
export interface ShownTransfer extends Transfer {
  readonly receipts: { readonly started: string; readonly completed: string }
  /** Provider's push: files that the storage has acknowledged. */
  readonly acknowledged?: number
}

const Transfers = z.object({ transfers: z.array(Transfer) })
const Receipts = z.object({ receipts: z.array(ReceiptRecord) })

export async function transfersUnder(api: ApiClient, agreement: string): Promise<ShownTransfer[]> {
  const { transfers } = await api.get(`/transfers?agreement=${encodeURIComponent(agreement)}`, Transfers)
  const { receipts } = await api.get(`/ledger/receipts?exchange=${encodeURIComponent(agreement)}`, Receipts)
  const shown = transfers.map(async (transfer): Promise<ShownTransfer> => {
    const providerPid = transfer.role === 'provider' ? transfer.pid : transfer.peerPid
    const state = (type: 'TransferStarted' | 'TransferCompleted') =>
      receipts.find(({ receipt }) => receipt.type === type && receipt.body.transferId === providerPid)?.state ??
      'missing'
    const evidence = { started: state('TransferStarted'), completed: state('TransferCompleted') }
    if (transfer.role === 'consumer' || transfer.format === PULL_FORMAT) return { ...transfer, receipts: evidence }
    const { files } = await api.get(`/transfers/${encodeURIComponent(transfer.pid)}/files`, PushProgress)
    return { ...transfer, receipts: evidence, acknowledged: files.filter((file) => file.state === 'sent').length }
  })
  return (await Promise.all(shown)).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt))
}

export function printTransfers(print: Printer, transfers: readonly ShownTransfer[]): void {
  for (const transfer of transfers) {
    const { pid, format, state, sink, receipts, termination, suspension, acknowledged } = transfer
    print.line()
    print.fields([
      ['transfer', pid],
      ['format', format],
      ['state', state],
      ...(sink === undefined ? [] : [['into', sink] as const]),
      ...(acknowledged === undefined ? [] : [['acknowledged', `${acknowledged} files`] as const]),
      ['receipts', `start ${receipts.started}, arrival ${receipts.completed}`],
    ])
    for (const reason of (termination ?? suspension)?.reasons ?? []) print.line(`  ${reason}`)
  }
}
