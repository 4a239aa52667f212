import { Hono } from 'hono'
import * as z from 'zod'
import { toBase64 } from '../../protocol/canonical/hash.ts'
import { refuse } from '../../protocol/refusal.ts'
import { ExportRequest } from '../../schemas/audit.ts'
import { isDid } from '../../schemas/ids.ts'
import { ReceiptRequest } from '../../schemas/ledger.ts'
import { parseBody, parseValue } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Identity } from '../identity/operations.ts'
import type { Audit } from './audit.ts'
import { type EvidenceDeps, evidenceOfExchange } from './exchange-evidence.ts'
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
    if (!isDid(peer.id)) {
      return refuse('unsupported', 'receipts name their parties by DID', 'Receipts need a peer with a DID document.')
    }
    return c.json(await deps.receipts.countersign(peer.id, await parseBody(c, ReceiptRequest)))
  })
}

const Page = z.object({
  exchange: z.string().max(2048).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  before: z.coerce.number().int().nonnegative().optional(),
})

/** `/api/ledger`, `/api/audit`, and the evidence of `/api/exchanges`. */
export function managementRoutes(
  deps: EvidenceDeps & {
    readonly ledger: Ledger
    readonly receipts: Receipts
    readonly audit: Audit
  },
): Hono {
  const { ledger, receipts, audit } = deps
  return new Hono()
    .get('/exchanges/:pid/evidence', async (c) =>
      c.json({ evidence: await evidenceOfExchange(deps, c.req.param('pid')) }),
    )
    .get('/ledger', async (c) => c.json(await ledger.status()))
    .post('/ledger/settle', async (c) => {
      await ledger.settle()
      return c.json(await ledger.status())
    })
    .get('/ledger/receipts', async (c) => {
      const { exchange, limit, before } = parseValue(c.req.query(), Page)
      const page = before === undefined ? { limit } : { limit, before }
      return c.json({
        receipts: exchange === undefined ? await receipts.list(page) : await receipts.ofExchange(exchange),
      })
    })
    .post('/audit/export', async (c) => {
      const request = await parseBody(c, ExportRequest)
      return streamProgress(c, async (onFile) => {
        const total = { files: 0, bytes: 0 }
        for await (const { path, bytes } of audit.export(request)) {
          onFile({ path, content: toBase64(bytes) })
          total.files += 1
          total.bytes += bytes.length
        }
        return total
      })
    })
}
