import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { streamProgress } from './progress-stream.ts'

it('keeps a connection alive while the work has nothing to report', async () => {
  const app = new Hono()
  const silent = () => new Promise((resolve) => setTimeout(() => resolve('done'), 60))
  app.get('/', (c) => streamProgress(c, silent, 10))
  const text = await (await app.request('/')).text()
  expect(text).toMatch(/^\n+\{"result":"done"\}\n$/)
})
