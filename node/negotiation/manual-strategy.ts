import type { Negotiation } from '../../schemas/negotiation.ts'
import { automaticStrategy, type DecidingDeps, type NegotiationStrategy } from './strategy.ts'

/**
 * A person decides what to agree to: a request waits at the provider, an offer at the consumer. What the policy denies is refused
 * without asking, and what follows from a decision (verification, agreement to an own offer, finalization) goes by itself.
 */
export function manualStrategy(deps: DecidingDeps): NegotiationStrategy {
  const automatic = automaticStrategy(deps)
  return {
    next: async (process) => {
      if (process.role === 'consumer') return process.state === 'OFFERED' ? undefined : automatic.next(process)
      const move = await automatic.next(process)
      if (process.state !== 'REQUESTED') return move
      return move?.says === 'termination' && !isCounterOffer(process, move.termination?.code) ? move : undefined
    },
  }
}

/** Other rules than those of the catalog are what a person may still agree to. */
function isCounterOffer({ offeredBy }: Negotiation, code: string | undefined): boolean {
  return offeredBy === 'consumer' && code === 'offer-differs'
}
