import { Hono } from 'hono'
import { refuse } from '../../protocol/refusal.ts'
import { ReceiptRequest } from '../../schemas/ledger.ts'
import { parseBody } from '../http/parse-body.ts'
import type { Identity } from '../identity/operations.ts'
import type { Ledger, Receipts } from './operations.ts'

/** `/ledger/**`: the log as c2sp.org/tlog-tiles. */
export function logRoutes({ ledger }: { readonly ledger: Ledger }): Hono {
  return new Hono()
    .get('/ledger/checkpoint', async (c) => {
      const checkpoint = (await ledger.checkpoint()) ?? nothingThere()
      return c.body(checkpoint, 200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    })
    .get('/ledger/tile/*', async (c) => {
      const path = c.req.path.slice(c.req.path.indexOf('/ledger/tile/') + '/ledger/'.length)
      const bytes = (await ledger.tile(path)) ?? nothingThere()
      return c.body(Uint8Array.from(bytes), 200, {
        'content-type': 'application/octet-stream',
        'cache-control': 'public, max-age=31536000, immutable',
      })
    })
}

function nothingThere(): never {
  return refuse('not-found', 'the log has nothing at this address', 'Read the checkpoint for the size of the log.')
}

/** `POST /receipts`: counter-signing for members of the space (docs/spec/receipt.md). */
export function receiptRoutes(deps: { readonly receipts: Receipts; readonly identity: Identity }): Hono {
  return new Hono().post('/receipts', async (c) => {
    const peer = await deps.identity.authenticate(c.req.header('authorization'))
    return c.json(await deps.receipts.countersign(peer.did, await parseBody(c, ReceiptRequest)))
  })
}
