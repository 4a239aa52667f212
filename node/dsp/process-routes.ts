import { type Context, Hono } from 'hono'
import type * as z from 'zod'
import { faultOf, pidMembers, type ProcessIds, UNKNOWN_PID } from '../../protocol/dsp/messages.ts'
import { Refused } from '../../protocol/refusal.ts'
import { DSP_CONTEXT } from '../../schemas/dsp.ts'
import type { ProcessInbox } from './inbox.ts'
import type { Identity } from '../identity/operations.ts'
import { readDspMessage } from './read-message.ts'
import { dspStatus } from './status.ts'

/** One kind of process of the Dataspace Protocol, as its HTTPS binding has it; both roles share the paths. */
export interface ProcessKind<Process, Opening, Message> {
  readonly basePath: string
  /** `@type` of a process that is shown, and of a refusal. */
  readonly types: { readonly process: string; readonly error: string }
  /** The message that opens a process, posted to `/request`. */
  readonly opening: z.ZodType<Opening>
  /** Every later message, by its path below the id of the process. */
  readonly messages: Readonly<Record<`/${string}`, z.ZodType<Message>>>
  readonly inbox: ProcessInbox<Process, Opening, Message>
  readonly identity: Pick<Identity, 'authenticate'>
}

interface ShownProcess extends ProcessIds {
  readonly state: string
}

export function processRoutes<Process extends ShownProcess, Opening extends { consumerPid: string }, Message>(
  kind: ProcessKind<Process, Opening, Message>,
): Hono {
  const { inbox, types, opening } = kind
  const caller = (c: Context) => kind.identity.authenticate(c.req.header('authorization'))
  const shown = (process: Process) => ({
    '@context': [DSP_CONTEXT],
    '@type': types.process,
    ...pidMembers(process),
    state: process.state,
  })
  const refused = (c: Context, error: unknown, process: ProcessIds) => {
    if (!(error instanceof Refused)) throw error
    const { refusal } = error
    const body = { '@context': [DSP_CONTEXT], '@type': types.error, ...pidMembers(process), ...faultOf(refusal) }
    return c.json(body, dspStatus(refusal) as 400)
  }
  const app = new Hono().basePath(kind.basePath).post('/request', async (c) => {
    const peer = await caller(c)
    const message = await readDspMessage(c, opening)
    try {
      return c.json(shown(await inbox.open(peer, message)), 201)
    } catch (error) {
      return refused(c, error, { role: 'provider', pid: UNKNOWN_PID, peerPid: message.consumerPid })
    }
  })
  for (const [path, schema] of Object.entries(kind.messages)) {
    app.post(`/:pid${path}`, async (c) => {
      const peer = await caller(c)
      const process = await inbox.find(c.req.param('pid') ?? '', peer)
      if (process === undefined) return c.body(null, 404)
      try {
        return c.json(shown(await inbox.hear(peer, process, await readDspMessage(c, schema))))
      } catch (error) {
        return refused(c, error, process)
      }
    })
  }
  app.get('/:pid', async (c) => {
    const process = await inbox.find(c.req.param('pid'), await caller(c))
    return process === undefined || process.state === 'INITIAL' ? c.body(null, 404) : c.json(shown(process))
  })
  app.onError((error, c) => {
    if (!(error instanceof Refused)) throw error
    return c.body(null, dspStatus(error.refusal) as 400)
  })
  return app
}
