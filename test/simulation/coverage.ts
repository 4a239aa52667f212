/** What the simulated faults are called, in the order in which they are printed. */
export const FAULTS = [
  'request delayed',
  'request lost',
  'answer lost',
  'request repeated',
  'request overtaken',
  'partition',
  'long outage',
  'membership revoked',
  'membership expired',
  'store slow',
  'commit failed',
  'commit failed after it was made',
  'single write failed',
  'crash at rest',
  'crash before a commit',
  'crash after a commit',
  'crash between commit and send',
  'crash waiting for an answer',
  'crash while answering',
  'crash while starting',
  'power cut',
  'start after a crash',
  'clocks apart',
] as const
export type Fault = (typeof FAULTS)[number]

/** How often what happened. */
export class Coverage {
  readonly faults = new Map<Fault, number>()
  readonly transitions = new Map<string, number>()
  /** Actions of people. */
  readonly actions = new Map<string, number>()

  fault(kind: Fault): void {
    add(this.faults, kind, 1)
  }

  transition(name: string): void {
    add(this.transitions, name, 1)
  }

  action(name: string): void {
    add(this.actions, name, 1)
  }

  plain() {
    return { faults: [...this.faults], transitions: [...this.transitions], actions: [...this.actions] }
  }

  take({ faults, transitions, actions }: ReturnType<Coverage['plain']>): void {
    for (const [name, count] of faults) add(this.faults, name, count)
    for (const [name, count] of transitions) add(this.transitions, name, count)
    for (const [name, count] of actions) add(this.actions, name, count)
  }
}

function add<Name>(counts: Map<Name, number>, name: Name, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count)
}
