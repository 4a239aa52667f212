import { type Context, Hono } from 'hono'
import * as z from 'zod'
import { fault } from '../../protocol/dsp/messages.ts'
import { Refused } from '../../protocol/refusal.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import {
  type Transfer,
  TransferCompletionMessage,
  type TransferMessage,
  TransferRequestMessage,
  TransferStartMessage,
  TransferSuspensionMessage,
  TransferTerminationMessage,
} from '../../schemas/transfer.ts'
import { readDspMessage } from '../http/dsp-message.ts'
import { dspStatus, UNKNOWN_PID } from '../http/dsp-status.ts'
import { parseBody } from '../http/parse-body.ts'
import type { Identity } from '../identity/operations.ts'
import type { Transfers } from './operations.ts'
import type { TransferInbox } from './receive.ts'

export interface TransferRouteDeps {
  readonly inbox: TransferInbox
  readonly identity: Identity
}

/** `/dsp/2025-1/transfers/**`, both roles on the same paths. */
export function publicRoutes({ inbox, identity }: TransferRouteDeps): Hono {
  const later = (schema: z.ZodType<TransferMessage>) =>
    async function take(c: Context): Promise<Response> {
      const peer = await identity.authenticate(c.req.header('authorization'))
      const process = await inbox.find(c.req.param('pid') ?? '', peer)
      if (process === undefined) return c.body(null, 404)
      try {
        return c.json(acknowledgement(await inbox.hear(peer, process, await readDspMessage(c, schema))))
      } catch (error) {
        return refused(c, error, process)
      }
    }
  const app = new Hono()
    .basePath('/dsp/2025-1/transfers')
    .post('/request', async (c) => {
      const peer = await identity.authenticate(c.req.header('authorization'))
      const message = await readDspMessage(c, TransferRequestMessage)
      try {
        return c.json(acknowledgement(await inbox.open(peer, message)), 201)
      } catch (error) {
        return refused(c, error, { role: 'provider', pid: UNKNOWN_PID, peerPid: message.consumerPid })
      }
    })
    .post('/:pid/start', later(TransferStartMessage))
    .post('/:pid/completion', later(TransferCompletionMessage))
    .post('/:pid/suspension', later(TransferSuspensionMessage))
    .post('/:pid/termination', later(TransferTerminationMessage))
    .get('/:pid', async (c) => {
      const peer = await identity.authenticate(c.req.header('authorization'))
      const process = await inbox.find(c.req.param('pid'), peer)
      return process === undefined || process.state === 'INITIAL' ? c.body(null, 404) : c.json(acknowledgement(process))
    })
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error
    return c.body(null, dspStatus(error.refusal) as 400)
  })
  return app
}

type Pids = Pick<Transfer, 'role' | 'pid' | 'peerPid'>

function pidsOf({ role, pid, peerPid = UNKNOWN_PID }: Pids) {
  return role === 'provider' ? { providerPid: pid, consumerPid: peerPid } : { providerPid: peerPid, consumerPid: pid }
}

function acknowledgement(process: Transfer) {
  return { '@context': [DSP_CONTEXT], '@type': 'TransferProcess', ...pidsOf(process), state: process.state }
}

function refused(c: Context, error: unknown, pids: Pids): Response {
  if (!(error instanceof Refused)) throw error
  const { code, detail, errors } = error.refusal
  const places = (errors ?? []).slice(0, 16).map(({ path, message }) => `${path}: ${message}`)
  const body = {
    '@context': [DSP_CONTEXT],
    '@type': 'TransferError',
    ...pidsOf(pids),
    ...fault({ code, reasons: [detail, ...places] }),
  }
  return c.json(body, dspStatus(error.refusal) as 400)
}

const Reason = z.strictObject({ reason: z.string().min(1).max(2000) })

/** `/transfers/**` of the management API. The data address with its token is never shown. */
export function managementRoutes({ transfers }: { readonly transfers: Transfers }): Hono {
  const shown = (process: Transfer) => ({ ...process, dataAddress: undefined })
  return new Hono()
    .get('/transfers', async (c) => {
      const limit = Number(c.req.query('limit') ?? 100)
      return c.json({ transfers: (await transfers.list(Number.isInteger(limit) ? { limit } : {})).map(shown) })
    })
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
