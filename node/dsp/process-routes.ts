import { type Context, Hono } from 'hono'
import type * as z from 'zod'
import { faultOf, pidMembers, pidsSeenAs, type ProcessIds, UNKNOWN_PID } from '../../protocol/dsp/messages.ts'
import { Refused } from '../../protocol/refusal.ts'
import { DSP_CONTEXT, type Role } from '../../schemas/dsp.ts'
import type { ProcessInbox } from './inbox.ts'
import type { Identity, Peer } from '../identity/operations.ts'
import { readDspMessage } from './read-message.ts'
import { dspStatus } from './status.ts'

/** One kind of process of the Dataspace Protocol, as its HTTPS binding has it; both roles share the paths. */
export interface ProcessKind<Process, Opening, Message> {
  readonly basePath: string
  /** `@type` of a process that is shown, and of a refusal. */
  readonly types: { readonly process: string; readonly error: string }
  /** The messages that open a process, by the path that they are posted to; `as`: the role of this side in it. */
  readonly openings: Readonly<Record<`/${string}`, { readonly schema: z.ZodType<Opening>; readonly as: Role }>>
  /** Every later message, by its path below the id of the process. */
  readonly messages: Readonly<Record<`/${string}`, z.ZodType<Message>>>
  readonly inbox: ProcessInbox<Process, Opening, Message>
  readonly identity: Pick<Identity, 'authenticate'>
}

interface ShownProcess extends ProcessIds {
  readonly state: string
}

interface OpeningMessage {
  readonly consumerPid?: string | undefined
  readonly providerPid?: string | undefined
}

export function processRoutes<Process extends ShownProcess, Opening extends OpeningMessage, Message>(
  kind: ProcessKind<Process, Opening, Message>,
): Hono {
  const { inbox, types } = kind
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
  const app = new Hono().basePath(kind.basePath)
  addOpenings(app, kind, { caller, shown, refused })
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

interface Answers<Process> {
  readonly caller: (c: Context) => Promise<Peer>
  readonly shown: (process: Process) => object
  readonly refused: (c: Context, error: unknown, process: ProcessIds) => Response
}

function addOpenings<Process, Opening extends OpeningMessage, Message>(
  app: Hono,
  { openings, inbox }: ProcessKind<Process, Opening, Message>,
  { caller, shown, refused }: Answers<Process>,
): void {
  for (const [path, { schema, as }] of Object.entries(openings)) {
    app.post(path, async (c) => {
      const peer = await caller(c)
      const message = await readDspMessage(c, schema)
      try {
        return c.json(shown(await inbox.open(peer, message)), 201)
      } catch (error) {
        return refused(c, error, { role: as, pid: UNKNOWN_PID, peerPid: pidsSeenAs(as, message).other })
      }
    })
  }
}
