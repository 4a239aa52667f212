import { type Context, Hono } from 'hono'
import type * as z from 'zod'
import { fault } from '../../protocol/dsp/messages.ts'
import { type Refusal, Refused } from '../../protocol/refusal.ts'
import {
  ContractAgreementMessage,
  ContractAgreementVerificationMessage,
  ContractNegotiationEventMessage,
  ContractNegotiationTerminationMessage,
  ContractOfferMessage,
  ContractRequestMessage,
  ExchangeRequest,
  type Negotiation,
  type NegotiationMessage,
} from '../../schemas/negotiation.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import { readDspMessage } from '../http/dsp-message.ts'
import { dspStatus, UNKNOWN_PID } from '../http/dsp-status.ts'
import { parseBody } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Identity } from '../identity/operations.ts'
import type { Negotiations } from './operations.ts'
import type { NegotiationInbox } from './receive.ts'

export interface NegotiationRouteDeps {
  readonly inbox: NegotiationInbox
  readonly identity: Identity
}

/** `/dsp/2025-1/negotiations/**`, both roles on the same paths. */
export function publicRoutes({ inbox, identity }: NegotiationRouteDeps): Hono {
  const later = (schema: z.ZodType<NegotiationMessage>) =>
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
    .basePath('/dsp/2025-1/negotiations')
    .post('/request', async (c) => {
      const peer = await identity.authenticate(c.req.header('authorization'))
      const message = await readDspMessage(c, ContractRequestMessage)
      try {
        return c.json(acknowledgement(await inbox.open(peer, message)), 201)
      } catch (error) {
        return refused(c, error, { role: 'provider', pid: UNKNOWN_PID, peerPid: message.consumerPid })
      }
    })
    .post('/:pid/request', later(ContractRequestMessage))
    .post('/:pid/offers', later(ContractOfferMessage))
    .post('/:pid/agreement', later(ContractAgreementMessage))
    .post('/:pid/agreement/verification', later(ContractAgreementVerificationMessage))
    .post('/:pid/events', later(ContractNegotiationEventMessage))
    .post('/:pid/termination', later(ContractNegotiationTerminationMessage))
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

type Pids = Pick<Negotiation, 'role' | 'pid' | 'peerPid'>

function pidsOf({ role, pid, peerPid = UNKNOWN_PID }: Pids) {
  return role === 'provider' ? { providerPid: pid, consumerPid: peerPid } : { providerPid: peerPid, consumerPid: pid }
}

function acknowledgement(process: Negotiation) {
  return { '@context': [DSP_CONTEXT], '@type': 'ContractNegotiation', ...pidsOf(process), state: process.state }
}

function refused(c: Context, error: unknown, pids: Pids): Response {
  if (!(error instanceof Refused)) throw error
  const { code, detail, errors }: Refusal = error.refusal
  const places = (errors ?? []).slice(0, 16).map(({ path, message }) => `${path}: ${message}`)
  const body = {
    '@context': [DSP_CONTEXT],
    '@type': 'ContractNegotiationError',
    ...pidsOf(pids),
    ...fault({ code, reasons: [detail, ...places] }),
  }
  return c.json(body, dspStatus(error.refusal) as 400)
}

/** `/exchanges/**` of the management API. */
export function managementRoutes({ negotiations }: { readonly negotiations: Negotiations }): Hono {
  const found = async (pid: string): Promise<Negotiation> =>
    (await negotiations.get(pid)) ??
    Promise.reject(
      new Refused({
        code: 'not-found',
        detail: 'there is no such exchange',
        hint: 'List them: tanemaki exchange list.',
      }),
    )
  return new Hono()
    .get('/exchanges', async (c) => {
      const limit = Number(c.req.query('limit') ?? 100)
      return c.json({ exchanges: await negotiations.list(Number.isInteger(limit) ? { limit } : {}) })
    })
    .get('/exchanges/:pid', async (c) => c.json(await found(c.req.param('pid'))))
    .post('/exchanges', async (c) => {
      const { offer, purpose, ...request } = await parseBody(c, ExchangeRequest)
      return streamProgress(c, async (report, signal) => {
        const started = await negotiations.request({
          ...request,
          ...(offer === undefined ? {} : { offer }),
          ...(purpose === undefined ? {} : { purpose }),
        })
        let last = started
        for await (const process of negotiations.watch(started.pid, signal)) {
          last = process
          report({ pid: process.pid, state: process.state, pending: process.pending?.says })
        }
        return last
      })
    })
    .post('/exchanges/:pid/termination', async (c) => {
      const { pid } = await found(c.req.param('pid'))
      return c.json(await negotiations.terminate(pid, 'ended by the operator'))
    })
    .get('/agreements', async (c) => c.json({ agreements: await negotiations.agreements() }))
    .get('/agreements/:id', async (c) => {
      const agreement = await negotiations.agreement(c.req.param('id'))
      if (agreement !== undefined) return c.json(agreement)
      throw new Refused({
        code: 'not-found',
        detail: 'there is no such agreement',
        hint: 'List your exchanges: tanemaki exchange list.',
      })
    })
}
