import { countersign, type CountersigningDeps } from './countersigning.ts'
import type { Receipts } from './operations.ts'

const MOST = 500

export function createReceipts(deps: CountersigningDeps): Receipts {
  return {
    ofExchange: (exchangeId) => deps.store.ofExchange(exchangeId),
    list: (options) =>
      deps.store.list({
        limit: Math.min(options?.limit ?? MOST, MOST),
        ...(options?.before === undefined ? {} : { before: options.before }),
      }),
    countersign: (proposer, request) => countersign(deps, proposer, request),
  }
}
