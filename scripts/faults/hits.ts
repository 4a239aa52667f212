import { finalStates } from './kill-plan.ts'
import type { LiveProcess, Machine } from './state-watch.ts'

export const LEAST_HITS = 10

interface Count {
  kills: number
  processes: number
}

/** States in which a process of each side can live when a node dies. */
const EXPECTED = {
  consumer: {
    negotiation: ['INITIAL', 'REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'],
    transfer: ['INITIAL', 'REQUESTED', 'STARTED', 'SUSPENDED'],
  },
  provider: {
    negotiation: ['INITIAL', 'REQUESTED', 'OFFERED', 'ACCEPTED', 'AGREED', 'VERIFIED'],
    transfer: ['REQUESTED', 'STARTED', 'SUSPENDED'],
  },
} as const

const SIDES = ['consumer', 'provider'] as const
export const MACHINES: readonly Machine[] = ['negotiation', 'transfer']

/** How many kills met a process in a state, and how many processes that were. */
export class Hits {
  readonly #counts = new Map<string, Count>(
    SIDES.flatMap((side) =>
      MACHINES.flatMap((machine) =>
        EXPECTED[side][machine].map((state) => [`${side} ${machine} ${state}`, { kills: 0, processes: 0 }] as const),
      ),
    ),
  )
  /** A message was decided and not acknowledged yet. */
  readonly #saying: Count = { kills: 0, processes: 0 }

  add(side: (typeof SIDES)[number], live: readonly LiveProcess[]): void {
    const met = new Map<string, number>()
    for (const { machine, state } of live.filter((process) => !finalStates[process.machine].has(process.state))) {
      const name = `${side} ${machine} ${state}`
      met.set(name, (met.get(name) ?? 0) + 1)
    }
    for (const [name, processes] of met) {
      const count = this.#counts.get(name) ?? { kills: 0, processes: 0 }
      this.#counts.set(name, { kills: count.kills + 1, processes: count.processes + processes })
    }
    const saying = live.filter(({ pending }) => pending).length
    this.#saying.kills += saying > 0 ? 1 : 0
    this.#saying.processes += saying
  }

  /** Kills that met the state that was met least. */
  get least(): number {
    return Math.min(...[...this.#counts.values()].map(({ kills }) => kills))
  }

  get missed(): string[] {
    return [...this.#counts].flatMap(([name, { kills }]) => (kills < LEAST_HITS ? [`${name} (${kills})`] : []))
  }

  get byState(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].map(([name, { kills }]) => [name, kills]))
  }

  print(): void {
    const line = ({ kills, processes }: Count, name: string) =>
      console.log(`${String(kills).padStart(6)}  ${String(processes).padStart(9)}  ${name}`)
    console.log(' kills  processes  with a process in this state')
    for (const [name, count] of [...this.#counts].toSorted(([a], [b]) => a.localeCompare(b))) line(count, name)
    line(this.#saying, 'any, with a message decided and not yet acknowledged')
  }
}
