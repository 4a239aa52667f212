import type { CopyFailure, PullProgress } from '../../schemas/copies.ts'

/** The pull ends for good. */
export class PullEnded extends Error {
  readonly failure: CopyFailure
  constructor(failure: CopyFailure) {
    super(failure.detail)
    this.name = 'PullEnded'
    this.failure = failure
  }
}

/** The pull stops for now and goes on by itself later; everything verified stays. */
export class PullPaused extends Error {
  readonly waiting: NonNullable<PullProgress['waiting']>
  constructor(waiting: NonNullable<PullProgress['waiting']>, reason: string, options?: { cause?: unknown }) {
    super(reason, options)
    this.name = 'PullPaused'
    this.waiting = waiting
  }
}

export function manifestRefused(detail: string): PullEnded {
  return new PullEnded({ code: 'manifest-refused', detail })
}
