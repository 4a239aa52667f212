import type { SimulatedNode } from '../simulated-node.ts'
import type { Network } from '../network.ts'
import type { World } from '../world.ts'

/** What comes over nodes and lines by itself: crashes at any time, partitions, and outages that last. */
export function weather(world: World, { nodes, network }: { nodes: readonly SimulatedNode[]; network: Network }): void {
  const { faults, timeline, coverage } = world
  const { stream } = faults
  const anyNode = () => nodes[stream.between(0, nodes.length - 1)]
  for (let crashes = stream.pick([0, 0, 1, 1, 2, 4]); crashes > 0; crashes -= 1) {
    timeline.after(stream.between(0, faults.lastMs), () => {
      const node = anyNode()
      if (node?.life === undefined || !faults.mayCrash) return
      const { waiting, answering } = node.life
      const kind =
        waiting > 0 ? 'crash waiting for an answer' : answering > 0 ? 'crash while answering' : 'crash at rest'
      coverage.fault(kind)
      node.crash(kind)
    })
  }
  const away = (node: SimulatedNode | undefined, ms: number) => {
    if (node?.life === undefined) return
    world.trace.write(node.name, `is away for ${Math.round(ms / 1000)} s`)
    node.crash('long outage', ms)
  }
  const { outage, startsLateMs } = faults
  if (outage !== undefined) {
    timeline.after(outage.atMs, () => {
      coverage.fault('long outage')
      away(anyNode(), outage.ms)
    })
  }
  if (startsLateMs > 0) timeline.after(0, () => away(nodes[0], stream.between(startsLateMs / 2, faults.lastMs)))
  for (let partitions = stream.pick([0, 0, 1, 1, 2]); partitions > 0; partitions -= 1) {
    timeline.after(stream.between(0, faults.lastMs), () => {
      const [a, b] = [anyNode(), anyNode()]
      if (a === undefined || b === undefined || a === b || !faults.active) return
      coverage.fault('partition')
      world.trace.write(a.name, `partition from ${b.name}`)
      timeline.after(stream.between(500, faults.longestOutageMs), network.cut(a.name, b.name))
    })
  }
}
