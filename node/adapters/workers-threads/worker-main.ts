import { parentPort, workerData } from 'node:worker_threads'
import { errorAsMessage } from './error-message.ts'
import { tasks } from './tasks.ts'

interface Order {
  readonly task: string
  readonly input: unknown
}

const port = parentPort
if (port === null) throw new Error('worker-main runs in a worker thread only')
const order = workerData as Order

async function runOrder(): Promise<unknown> {
  const load = tasks[order.task]
  if (load === undefined) throw new Error(`there is no worker task ${order.task}`)
  const run = await load()
  return run(order.input, (progress) => port?.postMessage({ kind: 'progress', progress }))
}

runOrder().then(
  (result) => port.postMessage({ kind: 'result', result }),
  (error: unknown) => port.postMessage({ kind: 'error', error: errorAsMessage(error) }),
)
