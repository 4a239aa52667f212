import type { Coverage, Fault } from './coverage.ts'
import { type Stream, stream } from './prng.ts'

/** How likely a fault is wherever it is possible, in a seed of usual strength. */
const USUAL: Readonly<Partial<Record<Fault, number>>> = {
  'request delayed': 0.08,
  'request lost': 0.04,
  'answer lost': 0.05,
  'request repeated': 0.04,
  'store slow': 0.25,
  'commit failed': 0.02,
  'commit failed after it was made': 0.02,
  'single write failed': 0.01,
  'crash before a commit': 0.004,
  'crash after a commit': 0.008,
  'crash between commit and send': 0.01,
  'crash waiting for an answer': 0.006,
  'crash while answering': 0.008,
  'crash while starting': 0.01,
  'power cut': 0.3,
}
const LONGEST_OUTAGE_MINUTES = 240

/** Most crashes of one seed: a world that only crashes shows nothing else. */
const MOST_CRASHES = 8

/**
 * The faults of one seed. Every seed leaves some kinds out and has others often, so that rare combinations come up (swarm
 * testing, as FoundationDB does it).
 */
export class FaultPlan {
  active = true
  crashes = 0
  /** How long faults are made, in ms of virtual time: some seeds last long enough for tokens and lists to grow old. */
  readonly lastMs: number
  /** Longest time in ms that a node is down or a line is cut. */
  readonly longestOutageMs: number
  /** When a node is away for minutes to hours, and for how long; some seeds have such an outage. */
  readonly outage: { readonly atMs: number; readonly ms: number } | undefined
  /** Some seeds begin so shortly before the memberships end, with an authority that is away; 0: just after they began. */
  readonly startsLateMs: number
  readonly stream: Stream
  readonly #rates: ReadonlyMap<string, number>
  readonly #coverage: Coverage

  constructor(seed: string, coverage: Coverage) {
    this.stream = stream(`${seed}/faults`)
    this.#coverage = coverage
    const { stream: from } = this
    this.lastMs = from.pick([60_000, 90_000, 90_000, 90_000, 90_000, 25 * 60_000])
    this.longestOutageMs = this.lastMs / 3
    this.startsLateMs = from.chance(0.06) ? from.between(5_000, this.lastMs / 2) : 0
    const long = this.startsLateMs === 0 && from.chance(0.05)
    const atMs = from.between(5_000, this.lastMs / 2)
    this.outage = long ? { atMs, ms: from.between(3, from.pick([10, 60, LONGEST_OUTAGE_MINUTES])) * 60_000 } : undefined
    this.#rates = new Map(
      Object.entries(USUAL).map(([kind, usual]) => [kind, usual * from.pick([0, 0.3, 1, 1, 1, 3])] as const),
    )
  }

  /** When the faults are over, in ms of virtual time. */
  get overMs(): number {
    return Math.max(this.lastMs, this.outage === undefined ? 0 : this.outage.atMs + this.outage.ms)
  }

  /** Whether the fault strikes here; counted when it does. */
  strikes(kind: Fault): boolean {
    if (!this.active || !this.stream.chance(this.#rates.get(kind) ?? 0)) return false
    if (kind.startsWith('crash') && this.crashes >= MOST_CRASHES) return false
    this.#coverage.fault(kind)
    return true
  }

  /** Whether this seed cuts the power at all. */
  get cutsPower(): boolean {
    return this.active && (this.#rates.get('power cut') ?? 0) > 0
  }

  get mayCrash(): boolean {
    return this.active && this.crashes < MOST_CRASHES
  }
}
