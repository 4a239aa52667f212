import { Refused } from '../../protocol/refusal.ts'
import { errorFields } from '../telemetry/logger.ts'
import type { GovernanceDeps } from './operations.ts'
import type { Publisher } from './publisher.ts'
import { fetchParticipants, fetchSpaceDocuments } from './space-documents.ts'

const refreshEveryMs = 900_000
const retryEveryMs = 60_000
const participantsEveryMs = 5_000

export interface Refresh {
  all(): Promise<void>
  /** The list of members, unless it was brought up to date a moment ago. */
  readonly participants: () => Promise<void>
  readonly start: () => void
  readonly stop: () => void
}

/** Keeps the documents of the space current: a member fetches them, the authority signs what is due. */
export function createRefresh(deps: GovernanceDeps, published: Publisher): Refresh {
  const { store, clock, log } = deps
  let participantsAt = -Infinity
  let cancel: (() => void) | undefined
  let running = false

  const participants = async () => {
    const space = await store.space()
    if (space === undefined) return
    if (space.role === 'authority') {
      await published.participants()
      return
    }
    const age = clock.now() - participantsAt
    if (age >= 0 && age < participantsEveryMs) return
    await store.saveDocument(await fetchParticipants(space, deps))
    participantsAt = clock.now()
  }
  const all = async () => {
    const space = await store.space()
    if (space === undefined) return
    if (space.role === 'authority') await published.trustList()
    else for (const document of await fetchSpaceDocuments(space.authority, deps)) await store.saveDocument(document)
    participantsAt = -Infinity
    await participants()
  }
  const tick = async () => {
    let next = refreshEveryMs
    try {
      await all()
    } catch (error) {
      const code = error instanceof Refused ? error.refusal.code : undefined
      log.warn('space-refresh-failed', code === undefined ? errorFields(error) : { code })
      next = retryEveryMs
    }
    if (running) cancel = clock.after(next, () => void tick())
  }
  return {
    all,
    participants,
    start: () => {
      running = true
      void tick()
    },
    stop: () => {
      running = false
      cancel?.()
    },
  }
}
