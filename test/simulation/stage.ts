import type { Slices } from '../../node/composition/slices.ts'
import { Refused } from '../../protocol/refusal.ts'
import { isDiskFailure } from './faulty-connection.ts'
import type { Monitor } from './monitor.ts'
import { type Stream, stream } from './prng.ts'
import type { SimulatedNode } from './simulated-node.ts'
import { type Member, MEMBERS, type Template } from './template.ts'
import type { World } from './world.ts'

/** Where actors act: the nodes, what they commit, and time. */
export class Stage {
  readonly world: World
  readonly monitor: Monitor
  readonly template: Template
  readonly random: Stream
  readonly #nodes: ReadonlyMap<string, SimulatedNode>
  /** Aborted when the faults end: people then leave everything to the nodes. */
  readonly #closing = new AbortController()

  constructor(parts: {
    world: World
    monitor: Monitor
    template: Template
    nodes: ReadonlyMap<string, SimulatedNode>
  }) {
    this.world = parts.world
    this.monitor = parts.monitor
    this.template = parts.template
    this.#nodes = parts.nodes
    this.random = stream(`${this.world.seed}/actors`)
  }

  get signal(): AbortSignal {
    return this.#closing.signal
  }

  close(): void {
    this.#closing.abort()
  }

  otherMember(name: Member): Member {
    return MEMBERS[0] === name ? MEMBERS[1] : MEMBERS[0]
  }

  /** Plans something that somebody does after `ms`, unless the stage is closed by then. */
  later(ms: number, run: () => void): void {
    this.world.timeline.after(ms, () => {
      if (!this.signal.aborted) run()
    })
  }

  /**
   * Somebody does something at a node. True: it was done. What a node may refuse is no violation; an error that neither a
   * refusal nor a fault explains is one.
   */
  async act(node: string, name: string, work: (slices: Slices) => Promise<unknown>): Promise<boolean> {
    const { life, slices } = this.#nodes.get(node) ?? {}
    if (life === undefined || slices === undefined) return false
    this.world.trace.write(node, `somebody: ${name}`)
    this.world.coverage.action(name)
    try {
      await life.keep(work(slices))
      return true
    } catch (error) {
      if (error instanceof Refused) this.world.trace.write(node, `${name} refused: ${error.refusal.code}`)
      else if (!isDiskFailure(error))
        this.world.violated('D8 nothing unforeseen is thrown', `${name}: ${String(error)}`)
      return false
    }
  }

  /** As `act`, without anybody who waits for the outcome. */
  do(node: string, name: string, work: (slices: Slices) => Promise<unknown>): void {
    void this.act(node, name, work)
  }
}

/** Somebody, or the weather: plans at the beginning, and reacts to what nodes commit. */
export type Actor = (stage: Stage) => void
