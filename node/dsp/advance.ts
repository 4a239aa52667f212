import * as z from 'zod'
import { meaningOf, reasonsIn } from '../../protocol/dsp/answers.ts'
import { type Letter, pidsSeenAs, type ProcessIds } from '../../protocol/dsp/messages.ts'
import type { AnswerEvent } from '../../protocol/dsp/process.ts'
import { type Refusal, Refused } from '../../protocol/refusal.ts'
import type { ParticipantId } from '../../schemas/ids.ts'
import type { JobHandler, JobOutcome } from '../ports/queue.ts'
import type { Random } from '../ports/random.ts'

interface OpenProcess extends ProcessIds {
  readonly state: string
  readonly peer: ParticipantId
  readonly peerAddress: string
  readonly pending?: { readonly id: string; readonly says: string } | undefined
}

interface DeliveryAnswer {
  readonly status: number
  readonly body: unknown
  /** A web page, which no connector writes. */
  readonly page?: boolean
  /** Seconds; only where tokens do not bear it. */
  readonly clockAhead?: number
}

/** What carrying on needs to know of one kind of process. */
export interface Advancing<Process extends OpenProcess> {
  readonly queue: string
  readonly random: Random
  readonly partners: {
    /** How long this node waits before it speaks, in ms; 0 for most peers. */
    pauseFor(peer: ParticipantId): number
    send(peer: ParticipantId, letter: { url: string; message: object; maxBytes: number }): Promise<DeliveryAnswer>
  }
  read(pid: string): Promise<Process | undefined>
  isFinal(state: Process['state']): boolean
  /** Decides what this side says next of itself; false: it is the peer's turn, or a person's. */
  speak(process: Process): Promise<boolean>
  letter(process: Process, pending: NonNullable<Process['pending']>): Promise<Letter<object>>
  /** What a peer answers to the message that opens a process. */
  readonly opened: z.ZodType<{ consumerPid: string; providerPid: string }>
  /** Takes the answer into the process; a refusal when it does not fit. Undefined: there is no such process. */
  answered(pid: string, event: AnswerEvent): Promise<{ readonly next: Process } | Refusal | undefined>
}

const Payload = z.object({ pid: z.string() })
/** More own steps in a row than any process has; a safeguard against a strategy that never rests. */
const MOST_STEPS = 16
const LONGEST_PAUSE_MS = 10_000
/** A partner that lets everything wait must not take the places of all others. */
const MOST_AT_ONCE = 512
const MOST_TO_ONE_PEER = 64
/** As long as a message may be that this node hears: many answers arrive at once. */
const LONGEST_ANSWER = 256 * 1024

/** Job that delivers what is pending, then asks the strategy, until it is the peer's turn. */
export function advanceJob<Process extends OpenProcess>(kind: Advancing<Process>): JobHandler {
  const unanswered = new Map<ParticipantId, number>()
  return {
    queue: kind.queue,
    concurrency: MOST_AT_ONCE,
    run: async (payload, { attempt }) => {
      const { pid } = Payload.parse(payload)
      for (let said = 0; said < MOST_STEPS; said += 1) {
        const process = await kind.read(pid)
        if (process === undefined || kind.isFinal(process.state)) return { kind: 'done' }
        const pause = kind.partners.pauseFor(process.peer)
        if (attempt === 1 && pause > 0) return { kind: 'retry', error: 'a pause for the peer', afterMs: pause }
        const { pending } = process
        if (pending !== undefined) {
          const count = unanswered.get(process.peer) ?? 0
          if (count >= MOST_TO_ONE_PEER) return later(attempt)
          unanswered.set(process.peer, count + 1)
          const failure = await deliver(kind, process, pending).finally(() => answered(unanswered, process.peer))
          if (failure !== undefined) return again(failure, attempt)
        } else if (!(await kind.speak(process))) return { kind: 'done' }
      }
      return again('the process does not come to rest', attempt)
    },
  }
}

function answered(unanswered: Map<ParticipantId, number>, peer: ParticipantId): void {
  const left = (unanswered.get(peer) ?? 1) - 1
  if (left > 0) unanswered.set(peer, left)
  else unanswered.delete(peer)
}

function later(attempt: number): JobOutcome {
  const error = 'too many messages to this partner have no answer yet'
  return { kind: 'retry', error, afterMs: Math.min(100 * attempt, 1000) }
}

/** A peer that comes back is spoken to within seconds, however long it was away: other messages of the process wait behind. */
function again(error: string, attempt: number): JobOutcome {
  return attempt > 7 ? { kind: 'retry', error, afterMs: LONGEST_PAUSE_MS } : { kind: 'retry', error }
}

/** Why it has to be delivered once more; undefined when the peer has answered for good. */
async function deliver<Process extends OpenProcess>(
  kind: Advancing<Process>,
  process: Process,
  pending: NonNullable<Process['pending']>,
): Promise<string | undefined> {
  const { id, says } = pending
  const { path, message } = await kind.letter(process, pending)
  const answer = await kind.partners
    .send(process.peer, { url: process.peerAddress + path, message, maxBytes: LONGEST_ANSWER })
    .catch((error: unknown) => (error instanceof Refused ? error : Promise.reject(error)))
  if (answer instanceof Refused) return answer.refusal.code
  const { page = false } = answer
  const meaning = meaningOf(answer.status, { says, first: process.state === 'INITIAL', page })
  if (meaning === 'again') return `answered ${answer.status}${page ? ' with a web page' : ''}`
  const refused = (reasons: readonly string[], unusable = false) =>
    kind.answered(process.pid, { kind: 'refused', id, reasons, followUp: `urn:uuid:${kind.random.uuid()}`, unusable })
  if (meaning === 'refused') {
    const left = await refused(reasonsFor(answer))
    return left !== undefined && 'next' in left && isAsBefore(process, left.next) ? 'refused by the peer' : undefined
  }
  const peerPid = peerPidIn(answer.body, process, kind.opened)
  const settled = await kind.answered(process.pid, { kind: 'acknowledged', id, peerPid })
  if (settled !== undefined && 'code' in settled) await refused([settled.detail], true)
  return undefined
}

/**
 * A refusal that has moved nothing: this side would say the same again at once. Often the peer is about to say something itself,
 * which settles it.
 */
function isAsBefore(before: OpenProcess, { state, pending }: OpenProcess): boolean {
  return state === before.state && pending === undefined
}

function reasonsFor({ status, body, clockAhead }: DeliveryAnswer): string[] {
  const reasons = reasonsIn(body, status)
  return status === 401 && clockAhead !== undefined
    ? [...reasons, `the clocks of both sides differ by ${Math.abs(clockAhead)} s`]
    : reasons
}

/** The peer's process id; only the answer to the first message is looked at, later ones are free in form. */
function peerPidIn(body: unknown, process: ProcessIds, opened: Advancing<OpenProcess>['opened']): string | undefined {
  if (process.peerPid !== undefined) return undefined
  const answer = opened.safeParse(body)
  const { own, other } = answer.success ? pidsSeenAs(process.role, answer.data) : {}
  return own === process.pid ? other : undefined
}
