import { Refused } from '../../protocol/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { JobHandler } from '../ports/queue.ts'
import { type Logger, errorFields } from '../telemetry/logger.ts'
import type { Wallet } from './operations.ts'
import { RenewalPayload, renewalQueue } from './renewal.ts'

const longestPauseMs = 3_600_000
const shortestPauseMs = 5_000
const deadlineMs = 90 * 86_400_000

/**
 * Renews a credential before it ends. What arrives brings the job of the next renewal with it. An issuer that refuses (the
 * membership was revoked) ends the series; one that does not answer is asked again, more often as the end comes near.
 */
export function renewalHandler(deps: {
  readonly wallet: Wallet
  readonly clock: Clock
  readonly log: Logger
}): JobHandler {
  const { wallet, clock, log } = deps
  return {
    queue: renewalQueue,
    concurrency: 2,
    deadlineMs,
    run: async (input) => {
      const { type, issuer, validUntil } = RenewalPayload.parse(input)
      const newest = await wallet.newest(type, issuer)
      if (newest !== undefined && newest.validUntil > validUntil) return { kind: 'done' }
      try {
        await wallet.obtain({ issuer, type })
        log.info('credential-renewed', { issuer, type })
        return { kind: 'done' }
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        const { code } = error.refusal
        log.warn('renewal-failed', { issuer, type, ...errorFields(error), code })
        if (code === 'membership-refused') return { kind: 'dead', error: code }
        const left = Math.floor((validUntil - clock.now()) / 8)
        return { kind: 'retry', error: code, afterMs: Math.min(longestPauseMs, Math.max(shortestPauseMs, left)) }
      }
    },
  }
}
