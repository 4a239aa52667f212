import type { Clock } from '../../ports/clock.ts'

const longestTimer = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), longestTimer))
    timer.unref()
    return () => clearTimeout(timer)
  },
}
