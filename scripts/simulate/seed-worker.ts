// A worker thread of `npm run simulate`: runs the seeds that it is sent, one after the other.
import { parentPort } from 'node:worker_threads'
import * as z from 'zod'
import { simulateSeed } from '../../test/simulation/simulate-seed.ts'
import { createTemplate } from '../../test/simulation/template.ts'

const Order = z.object({ seed: z.number() })

const template = await createTemplate()
const port = parentPort
port?.on('message', (order: unknown) => {
  void simulateSeed(Order.parse(order).seed, template).then((outcome) => port.postMessage({ outcome }))
})
port?.postMessage({})
