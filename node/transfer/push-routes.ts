import { Hono } from 'hono'
import { Refused } from '../../protocol/refusal.ts'
import { type PushedFile, type PushProgress, PushRequest } from '../../schemas/pushes.ts'
import { parseBody } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { Transfers } from './operations.ts'
import type { PushStore } from './push-store.ts'
import { shownTransfer } from './routes.ts'

export interface PushRouteDeps {
  readonly transfers: Pick<Transfers, 'startPush' | 'get' | 'watch'>
  readonly store: PushStore
}

/** `/pushes` and the files of a push, for the management API. */
export function pushRoutes({ transfers, store }: PushRouteDeps): Hono {
  return new Hono()
    .post('/pushes', async (c) => {
      const { agreement, to } = await parseBody(c, PushRequest)
      return c.json(shownTransfer(await transfers.startPush(agreement, to)), 202)
    })
    .post('/transfers/:pid/follow', async (c) => {
      const pid = c.req.param('pid')
      const started = await transfers.get(pid)
      if (started === undefined) throw new Refused(NO_TRANSFER)
      return streamProgress(c, async (report, signal) => {
        let last = started
        for await (const process of transfers.watch(pid, signal)) {
          last = process
          report({ pid, state: process.state, pending: process.pending?.says })
        }
        return shownTransfer(last)
      })
    })
    .get('/transfers/:pid/files', async (c) => {
      const pid = c.req.param('pid')
      if ((await transfers.get(pid)) === undefined) throw new Refused(NO_TRANSFER)
      return c.json({ files: (await store.files(pid)).map(shownFile) } satisfies PushProgress)
    })
}

const NO_TRANSFER = {
  code: 'not-found',
  detail: 'there is no such transfer',
  hint: 'List your exchanges: tanemaki exchange list.',
} as const

function shownFile({ upload, ...file }: PushedFile): PushProgress['files'][number] {
  const parts = (upload?.parts.length ?? 0) * (upload?.partSize ?? 0)
  return { ...file, acknowledged: file.state === 'sent' ? file.size : Math.min(parts, file.size) }
}
