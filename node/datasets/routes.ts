import { Hono } from 'hono'
import { refuse } from '../../protocol/refusal.ts'
import { DeclareRelease, ImportDataset, PublishDataset, WithdrawDataset } from '../../schemas/dataset-requests.ts'
import { limitBody } from '../http/body-limit.ts'
import { pageOf } from '../http/page-query.ts'
import { parseBody } from '../http/parse-body.ts'
import { streamProgress } from '../http/progress-stream.ts'
import type { DatasetOrigin } from '../../schemas/copies.ts'
import type { DatasetChains } from '../ports/dataset-chains.ts'
import type { Datasets } from './operations.ts'

const json = limitBody(16 * 1024 * 1024)

/** `/api/datasets`: the datasets of this node for its people. */
export function managementRoutes({ datasets, chains }: { datasets: Datasets; chains: DatasetChains }): Hono {
  return new Hono()
    .post('/datasets/uploads', (c) => {
      const body = c.req.raw.body
      if (body === null) return refuse('invalid-request', 'the request has no body', 'Send the file as the body.')
      return streamProgress(c, () => datasets.upload(body))
    })
    .post('/datasets', json, async (c) => {
      const request = await parseBody(c, ImportDataset)
      return streamProgress(c, (onProgress, signal) => datasets.importFile(request, { onProgress, signal }))
    })
    .get('/datasets', async (c) => {
      const { records, unreadable } = await datasets.list(pageOf(c))
      return c.json({ datasets: records, unreadable })
    })
    .get('/datasets/:reference', async (c) => c.json(await datasets.find(c.req.param('reference'))))
    .get('/datasets/:reference/origin', async (c) => {
      const record = await datasets.find(c.req.param('reference'))
      const inputs = await chains.of(record.provenance.inputs ?? [])
      return c.json({ inputs, duties: datasets.duties(record) } satisfies DatasetOrigin)
    })
    .get('/datasets/:reference/manifest', async (c) => {
      const { manifestId } = await datasets.find(c.req.param('reference'))
      const manifest = manifestId === undefined ? undefined : await datasets.statement(manifestId)
      return c.json(manifest?.envelope ?? refuse('not-found', 'the dataset was not published', 'Publish it first.'))
    })
    .post('/datasets/:reference/release', json, async (c) => {
      const request = await parseBody(c, DeclareRelease)
      const { id } = await datasets.find(c.req.param('reference'))
      return c.json(await datasets.declareRelease(id, request))
    })
    .post('/datasets/:reference/publish', json, async (c) => {
      const request = await parseBody(c, PublishDataset)
      const { id } = await datasets.find(c.req.param('reference'))
      return c.json(await datasets.publish(id, request))
    })
    .post('/datasets/:reference/withdraw', json, async (c) => {
      const request = await parseBody(c, WithdrawDataset)
      const { id } = await datasets.find(c.req.param('reference'))
      return c.json(await datasets.withdraw(id, request))
    })
}
