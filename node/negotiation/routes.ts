import { Hono } from 'hono'
import * as z from 'zod'
import { Refused } from '../../protocol/refusal.ts'
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
  OfferRequest,
  Terms,
} from '../../schemas/negotiation.ts'
import { processRoutes } from '../dsp/process-routes.ts'
import { pageOf } from '../http/page-query.ts'
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
export function publicRoutes(deps: NegotiationRouteDeps): Hono {
  return processRoutes<Negotiation, ContractRequestMessage | ContractOfferMessage, NegotiationMessage>({
    ...deps,
    basePath: '/dsp/2025-1/negotiations',
    types: { process: 'ContractNegotiation', error: 'ContractNegotiationError' },
    openings: {
      '/request': { schema: ContractRequestMessage, as: 'provider' },
      '/offers': { schema: ContractOfferMessage, as: 'consumer' },
    },
    messages: {
      '/request': ContractRequestMessage,
      '/offers': ContractOfferMessage,
      '/agreement': ContractAgreementMessage,
      '/agreement/verification': ContractAgreementVerificationMessage,
      '/events': ContractNegotiationEventMessage,
      '/termination': ContractNegotiationTerminationMessage,
    },
  })
}

const Reason = z.strictObject({ reason: z.string().min(1).max(2000) })

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
    .get('/exchanges', async (c) => c.json({ exchanges: await negotiations.list(pageOf(c)) }))
    .get('/exchanges/:pid', async (c) => c.json(await found(c.req.param('pid'))))
    .post('/exchanges', async (c) => {
      const request = await parseBody(c, ExchangeRequest)
      return streamProgress(c, async (report, signal) => {
        const started = await negotiations.request(request)
        let last = started
        for await (const process of negotiations.watch(started.pid, signal)) {
          last = process
          report({ pid: process.pid, state: process.state, pending: process.pending?.says })
          if (await negotiations.waitsForPerson(process)) break
        }
        return last
      })
    })
    .get('/agreements', async (c) => c.json({ agreements: await negotiations.agreements(pageOf(c)) }))
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

/** What a person decides; `/exchanges/**` of the management API. */
export function decisionRoutes({ negotiations }: { readonly negotiations: Negotiations }): Hono {
  return new Hono()
    .get('/exchanges/inbox', async (c) => c.json({ exchanges: await negotiations.inbox() }))
    .post('/exchanges/offers', async (c) => c.json(await negotiations.offer(await parseBody(c, OfferRequest))))
    .post('/exchanges/:pid/acceptance', async (c) => c.json(await negotiations.accept(c.req.param('pid'))))
    .post('/exchanges/:pid/counter', async (c) =>
      c.json(await negotiations.counter(c.req.param('pid'), await parseBody(c, Terms))),
    )
    .post('/exchanges/:pid/termination', async (c) => {
      const { reason } = await parseBody(c, Reason)
      return c.json(await negotiations.terminate(c.req.param('pid'), reason))
    })
}
