import type { Machine } from './state-watch.ts'

/** Whom to kill, and in which state of which machine. */
export interface Target {
  readonly side: 'consumer' | 'provider'
  readonly machine: Machine
  readonly state: string
}

/**
 * Non-final states that an exchange between two nodes passes through. OFFERED and ACCEPTED belong to offers that a provider
 * opens or counters, which no command of a node starts.
 */
export const targets: readonly Target[] = [
  { side: 'consumer', machine: 'negotiation', state: 'INITIAL' },
  { side: 'consumer', machine: 'negotiation', state: 'REQUESTED' },
  { side: 'consumer', machine: 'negotiation', state: 'AGREED' },
  { side: 'consumer', machine: 'negotiation', state: 'VERIFIED' },
  { side: 'provider', machine: 'negotiation', state: 'REQUESTED' },
  { side: 'provider', machine: 'negotiation', state: 'AGREED' },
  { side: 'provider', machine: 'negotiation', state: 'VERIFIED' },
  { side: 'consumer', machine: 'transfer', state: 'INITIAL' },
  { side: 'consumer', machine: 'transfer', state: 'REQUESTED' },
  { side: 'consumer', machine: 'transfer', state: 'STARTED' },
  { side: 'consumer', machine: 'transfer', state: 'SUSPENDED' },
  { side: 'provider', machine: 'transfer', state: 'REQUESTED' },
  { side: 'provider', machine: 'transfer', state: 'STARTED' },
  { side: 'provider', machine: 'transfer', state: 'SUSPENDED' },
]

export const finalStates: Readonly<Record<Machine, ReadonlySet<string>>> = {
  negotiation: new Set(['FINALIZED', 'TERMINATED']),
  transfer: new Set(['COMPLETED', 'TERMINATED']),
}

export const nameOf = ({ side, machine, state }: Target) => `${side} ${machine} ${state}`

/** How often each state was killed in. */
export class Histogram {
  readonly counts = new Map<string, number>(targets.map((target) => [nameOf(target), 0]))

  count(target: Target): void {
    this.counts.set(nameOf(target), (this.counts.get(nameOf(target)) ?? 0) + 1)
  }

  /** A state that was hit fewer than `hits` times, the least hit first. */
  wanting(hits: number, machine: Machine): Target | undefined {
    return targets
      .filter((target) => target.machine === machine && (this.counts.get(nameOf(target)) ?? 0) < hits)
      .sort((a, b) => (this.counts.get(nameOf(a)) ?? 0) - (this.counts.get(nameOf(b)) ?? 0))[0]
  }

  print(): void {
    for (const [name, count] of this.counts) console.log(`${String(count).padStart(4)}  ${name}`)
  }
}
