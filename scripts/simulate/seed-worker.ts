// A worker thread of `npm run simulate`: runs the seeds that it is sent, one after the other.
import { parentPort } from 'node:worker_threads'
import * as z from 'zod'
import { simulateSeed } from '../../test/simulation/simulate-seed.ts'
import { createTemplate } from '../../test/simulation/template.ts'

const template = await createTemplate()
parentPort?.on('message', (seed: unknown) => {
  void simulateSeed(z.number().parse(seed), template).then((outcome) => parentPort?.postMessage(outcome))
})
parentPort?.postMessage('ready')
