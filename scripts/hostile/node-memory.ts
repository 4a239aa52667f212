import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'

/** Options for nodes whose memory is to be measured: each listens for the inspector on a port of its own once it is asked to. */
export const MEASURABLE = '--inspect-port=0'

export interface NodeMemory {
  /** What the program holds after a forced garbage collection, in MiB. */
  readonly heapMb: number
  /** What the system has given to the process then (VmRSS), in MiB; garbage collection gives little of it back. */
  readonly residentMb: number
}

const HeapUsage = z.object({ id: z.literal(2), result: z.object({ usedSize: z.number() }) })

/** Asks the node from outside, through the inspector of its runtime; `logFile` is where its standard error goes. */
export async function memoryOf({ pid, logFile }: { pid: number; logFile: string }): Promise<NodeMemory> {
  const inspector = new WebSocket(await inspectorOf(pid, logFile))
  await new Promise((resolve, reject) => {
    inspector.addEventListener('open', resolve)
    inspector.addEventListener('error', () => reject(new Error(`the inspector of process ${pid} does not answer`)))
  })
  const ask = (id: number, method: string) => {
    const answer = new Promise<unknown>((resolve) =>
      inspector.addEventListener('message', ({ data }: MessageEvent<string>) => {
        const message = JSON.parse(data) as { id?: number }
        if (message.id === id) resolve(message)
      }),
    )
    inspector.send(JSON.stringify({ id, method }))
    return answer
  }
  await ask(1, 'HeapProfiler.collectGarbage')
  const { usedSize } = HeapUsage.parse(await ask(2, 'Runtime.getHeapUsage')).result
  inspector.close()
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return { heapMb: usedSize / 2 ** 20, residentMb: Number(kilobytes) / 1024 }
}

/** The runtime opens its inspector on SIGUSR1 and says where. */
async function inspectorOf(pid: number, logFile: string): Promise<string> {
  process.kill(pid, 'SIGUSR1')
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const url = /ws:\/\/127\.0\.0\.1:\d+\/[0-9a-f-]+/.exec(readFileSync(logFile, 'utf8'))?.[0]
    if (url !== undefined) return url
    await sleep(50)
  }
  throw new Error(`process ${pid} opens no inspector`)
}
