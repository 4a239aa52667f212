import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { otherRole } from '../../protocol/dsp/process.ts'
import { systemRandom } from '../adapters/system/system-random.ts'
import { advanceJob } from './advance.ts'

interface Process {
  readonly pid: string
  readonly peerPid: string
  readonly role: 'provider'
  readonly state: string
  readonly peer: string
  readonly peerAddress: string
  readonly pending?: { readonly id: string; readonly says: string }
}

/** A process that always has something to say, and a peer that answers it with `status`. */
function restless(status: number) {
  const first: Process = {
    pid: 'urn:uuid:own',
    peerPid: 'urn:uuid:other',
    role: 'provider',
    state: 'SUSPENDED',
    peer: 'did:web:lab.example',
    peerAddress: 'https://lab.example/dsp/2025-1',
  }
  let process = first
  let sent = 0
  const job = advanceJob<Process>({
    queue: 'advance',
    random: systemRandom,
    partners: {
      pauseFor: () => 0,
      send: async () => {
        sent += 1
        return { status, body: {} }
      },
    },
    read: async () => process,
    isFinal: () => false,
    speak: async () => {
      process = { ...first, pending: { id: `urn:uuid:${sent}`, says: 'start' } }
      return true
    },
    letter: async () => ({ path: `/${otherRole('consumer')}`, message: {} }),
    opened: z.object({ consumerPid: z.string(), providerPid: z.string() }),
    answered: async (_, { kind }) => {
      process = kind === 'refused' ? first : { ...first, state: `after ${sent}` }
      return { next: process }
    },
  })
  const run = () => job.run({ pid: first.pid }, { id: '1', attempt: 1, signal: new AbortController().signal })
  return { run, sent: () => sent, process: () => process }
}

describe('carrying a process on', () => {
  it('says what the peer has refused again only after a pause (T9)', async () => {
    const { run, sent } = restless(400)
    expect(await run()).toMatchObject({ kind: 'retry' })
    expect(sent()).toBe(1)
  })

  it('keeps the job of a process that does not come to rest (D2)', async () => {
    const { run, sent } = restless(200)
    expect(await run()).toMatchObject({ kind: 'retry' })
    expect(sent()).toBeGreaterThan(1)
  })
})
