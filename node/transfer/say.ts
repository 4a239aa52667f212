import { refuse, Refused } from '../../protocol/refusal.ts'
import { PULL_FORMAT, type Transfer } from '../../schemas/transfer.ts'
import { storedToken, tokenOf } from './access.ts'
import type { TransferDeps } from './operations.ts'
import { step } from './step.ts'
import type { Move } from './strategy.ts'

/** Decides to say something; a start of a pull brings its token with it. */
export async function say(deps: TransferDeps, process: Transfer, { inJob, ...move }: Move & { inJob: boolean }) {
  const id = `urn:uuid:${deps.random.uuid()}`
  const hands = process.role === 'provider' && move.says === 'start' && process.format === PULL_FORMAT
  const token = hands ? storedToken(deps, await tokenOf(deps, process.pid, id)) : undefined
  const event = { kind: 'intended', id, ...move } as const
  return step(deps, { pid: process.pid, event, inJob, ...(token === undefined ? {} : { token }) })
}

/** Says it for a person or another slice; throws Refused with the reason why it cannot be said now. */
export async function tell(deps: TransferDeps, process: Transfer, move: Move): Promise<Transfer> {
  const decision = await say(deps, process, { ...move, inJob: false })
  if (decision === undefined) return refuse('not-found', 'there is no such transfer', 'List your exchanges first.')
  if ('code' in decision) throw new Refused({ ...decision, code: 'conflict' })
  return decision.next
}
