import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { Refused } from '../../protocol/refusal.ts'
import { Iri } from '../../schemas/ids.ts'
import {
  type Transfer,
  TransferCompletionMessage,
  type TransferMessage,
  TransferRequestMessage,
  TransferStartMessage,
  TransferSuspensionMessage,
  TransferTerminationMessage,
} from '../../schemas/transfer.ts'
import { processRoutes } from '../dsp/process-routes.ts'
import { pageOf } from '../http/page-query.ts'
import { parseBody } from '../http/parse-body.ts'
import type { Identity } from '../identity/operations.ts'
import type { Transfers } from './operations.ts'
import type { TransferInbox } from './receive.ts'

export interface TransferRouteDeps {
  readonly inbox: TransferInbox
  readonly identity: Identity
}

/** `/dsp/2025-1/transfers/**`, both roles on the same paths. */
export function publicRoutes(deps: TransferRouteDeps): Hono {
  return processRoutes<Transfer, TransferRequestMessage, TransferMessage>({
    ...deps,
    basePath: '/dsp/2025-1/transfers',
    types: { process: 'TransferProcess', error: 'TransferError' },
    openings: { '/request': { schema: TransferRequestMessage, as: 'provider' } },
    messages: {
      '/start': TransferStartMessage,
      '/completion': TransferCompletionMessage,
      '/suspension': TransferSuspensionMessage,
      '/termination': TransferTerminationMessage,
    },
  })
}

/** A process as people see it: the data address holds a token. */
export function shownTransfer(process: Transfer) {
  return { ...process, dataAddress: undefined }
}

const Start = z.strictObject({ agreement: Iri })
const Reason = z.strictObject({ reason: z.string().min(1).max(2000) })

/**
 * `/transfers/**` of the management API. A transfer that is started here is one that another program than this node's pull makes
 * use of. The data address with its token is never shown.
 */
export function managementRoutes({ transfers }: { readonly transfers: Transfers }): Hono {
  const shown = shownTransfer
  const wanted = async (c: Context) => {
    const agreement = c.req.query('agreement')
    return agreement === undefined ? transfers.list(pageOf(c)) : transfers.ofAgreement(agreement)
  }
  return new Hono()
    .get('/transfers', async (c) => c.json({ transfers: (await wanted(c)).map(shown) }))
    .post('/transfers', async (c) => c.json(shown(await transfers.start((await parseBody(c, Start)).agreement))))
    .get('/transfers/:pid', async (c) => {
      const process = await transfers.get(c.req.param('pid'))
      if (process !== undefined) return c.json(shown(process))
      throw new Refused({
        code: 'not-found',
        detail: 'there is no such transfer',
        hint: 'List your exchanges: tanemaki exchange list.',
      })
    })
    .post('/transfers/:pid/suspension', async (c) =>
      c.json(shown(await transfers.suspend(c.req.param('pid'), (await parseBody(c, Reason)).reason))),
    )
    .post('/transfers/:pid/start', async (c) => c.json(shown(await transfers.resume(c.req.param('pid')))))
    .post('/transfers/:pid/termination', async (c) =>
      c.json(shown(await transfers.terminate(c.req.param('pid'), (await parseBody(c, Reason)).reason))),
    )
}
