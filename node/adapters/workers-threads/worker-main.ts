import { parentPort } from 'node:worker_threads'
import { errorAsMessage } from './error-message.ts'
import { tasks } from './tasks.ts'
import type { Message, Order } from './thread.ts'

const port = parentPort
if (port === null) throw new Error('worker-main runs in a worker thread only')
const send = (message: Message) => port.postMessage(message)

async function runOrder({ task, input }: Order): Promise<unknown> {
  const load = tasks[task]
  if (load === undefined) throw new Error(`there is no worker task ${task}`)
  const run = await load()
  return run(input, (progress) => send({ kind: 'progress', progress }))
}

port.on('message', (order: Order) => {
  runOrder(order).then(
    (result) => send({ kind: 'result', result }),
    (error: unknown) => send({ kind: 'error', error: errorAsMessage(error) }),
  )
})
