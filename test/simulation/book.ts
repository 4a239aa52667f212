import type { Negotiation } from '../../schemas/negotiation.ts'
import type { Transfer } from '../../schemas/transfer.ts'
import type { Change, Held, Kind } from './rules/change.ts'

interface Processes {
  readonly negotiation: Map<string, Held<Negotiation>>
  readonly transfer: Map<string, Held<Transfer>>
}

/** What the stores of all nodes held when they were last looked at. */
export class Book {
  readonly #nodes = new Map<string, Processes>()
  /** Ids of all messages that were ever committed as pending. */
  readonly #decided = new Set<string>()
  /** Process that an agreement was first seen in. */
  readonly #owners = new Map<string, string>()

  of(node: string): Processes {
    const known = this.#nodes.get(node) ?? { negotiation: new Map(), transfer: new Map() }
    this.#nodes.set(node, known)
    return known
  }

  enter(change: Change): void {
    const { node, process } = change.after
    if (change.kind === 'negotiation') this.of(node).negotiation.set(process.pid, change.after)
    else this.of(node).transfer.set(process.pid, change.after)
    if (process.pending !== undefined) this.#decided.add(process.pending.id)
  }

  wasDecided(messageId: string): boolean {
    return this.#decided.has(messageId)
  }

  negotiations(): Held<Negotiation>[] {
    return [...this.#nodes.values()].flatMap(({ negotiation }) => [...negotiation.values()])
  }

  transfers(): Held<Transfer>[] {
    return [...this.#nodes.values()].flatMap(({ transfer }) => [...transfer.values()])
  }

  transfersUnder(node: string, agreementId: string): Held<Transfer>[] {
    return [...this.of(node).transfer.values()].filter(({ process }) => process.agreementId === agreementId)
  }

  /** The process as its other side holds it; undefined where that side has none. */
  otherSide(kind: 'negotiation', node: string, process: Negotiation): Held<Negotiation> | undefined
  otherSide(kind: 'transfer', node: string, process: Transfer): Held<Transfer> | undefined
  otherSide(kind: Kind, node: string, { pid, role }: Negotiation | Transfer): Held<Negotiation | Transfer> | undefined {
    for (const [name, processes] of this.#nodes) {
      if (name === node) continue
      for (const held of processes[kind].values()) {
        if (held.process.role !== role && held.process.peerPid === pid) return held
        const mine = this.of(node)[kind].get(pid)?.process.peerPid
        if (held.process.role !== role && held.process.pid === mine) return held
      }
    }
    return undefined
  }

  ownerOf(agreementId: string, { pid }: Negotiation): string {
    const owner = this.#owners.get(agreementId) ?? pid
    this.#owners.set(agreementId, owner)
    return owner
  }

  /** How many pulls the agreement allows; undefined for any number. */
  pullsAllowed(node: string, agreementId: string): number | undefined {
    for (const { process } of this.of(node).negotiation.values()) {
      if (process.agreement?.['@id'] !== agreementId) continue
      const limit = /"leftOperand":"(?:odrl:)?count"[^}]*"rightOperand":"?(\d+)/.exec(JSON.stringify(process.agreement))
      return limit === null ? undefined : Number(limit[1])
    }
    return undefined
  }
}
