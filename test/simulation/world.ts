import { Coverage } from './coverage.ts'
import { FaultPlan } from './fault-plan.ts'
import { settled, Timeline } from './timeline.ts'
import { Trace } from './trace.ts'

/** A rule that the simulation saw broken. */
export interface Violation {
  /** Name of the invariant: its number in the SPEC file, and what it is about. */
  readonly rule: string
  readonly detail: string
}

/** What everything in one simulation shares. */
export class World {
  readonly seed: string
  readonly timeline: Timeline
  readonly trace: Trace
  readonly coverage: Coverage
  readonly faults: FaultPlan
  violation: Violation | undefined

  constructor(seed: string, { now, sink }: { now: number; sink?: ((line: string) => void) | undefined }) {
    this.seed = seed
    this.timeline = new Timeline(now)
    this.trace = new Trace(this.timeline, sink)
    this.coverage = new Coverage()
    this.faults = new FaultPlan(seed, this.coverage)
  }

  /** The first one counts; what comes after it may only be its consequence. */
  violated(rule: string, detail: string): void {
    this.trace.write('!', `${rule}: ${detail}`)
    this.violation ??= { rule, detail }
  }

  /** Runs until `until`, or until `done` says so after a step. False when the time is over. */
  async run(until: number, done: () => boolean = () => false): Promise<boolean> {
    await settled()
    while (this.violation === undefined) {
      if (done()) return true
      if (!(await this.timeline.step(until))) return done()
    }
    return false
  }
}
