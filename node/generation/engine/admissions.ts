import type { Clock } from '../../ports/clock.ts'
import type { ModelEndpoint } from '../../ports/models.ts'
import { Admission } from './admission.ts'

/** One admission per endpoint for all runs of the node: what an endpoint can bear does not depend on who asks. */
export interface Admissions {
  of(endpoint: ModelEndpoint): Admission
}

export function createAdmissions(clock: Clock): Admissions {
  const byName = new Map<string, Admission>()
  return {
    of: (endpoint) => {
      const known = byName.get(endpoint.name)
      if (known !== undefined) return known
      const admission = new Admission(clock, endpoint)
      byName.set(endpoint.name, admission)
      return admission
    },
  }
}
