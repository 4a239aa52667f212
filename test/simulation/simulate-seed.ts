import { meddlers, movers, pullers, readers, withdrawers } from './actors/transferring.ts'
import { deciders, hawkers, quitters, requesters, strangers } from './actors/negotiating.ts'
import { revokers, watchers } from './actors/memberships.ts'
import { weather } from './actors/weather.ts'
import type { Coverage } from './coverage.ts'
import { inlineSubtle } from './inline-subtle.ts'
import { Monitor } from './monitor.ts'
import { type Host, Network } from './network.ts'
import { REST_WITHIN_MS } from './phases.ts'
import { brokenAtRest } from './rules/at-rest.ts'
import { FINAL } from './rules/change.ts'
import { SimulatedNode } from './simulated-node.ts'
import { type Actor, Stage } from './stage.ts'
import type { Template } from './template.ts'
import { type Violation, World } from './world.ts'

/** Whoever acts in a simulation; a new one is added here. */
const ACTORS: readonly Actor[] = [
  requesters,
  hawkers,
  deciders,
  quitters,
  strangers,
  pullers,
  movers,
  meddlers,
  readers,
  withdrawers,
  revokers,
  watchers,
]

export interface Outcome {
  readonly seed: number
  readonly violation: Violation | undefined
  readonly steps: number
  /** ms of virtual time. */
  readonly simulated: number
  /** The same for every run of the seed. */
  readonly digest: string
  /** What happened last. */
  readonly last: readonly string[]
  readonly coverage: ReturnType<Coverage['plain']>
}

/** Runs one seed: faults and people for a while, then neither, until everything rests. `sink` gets every line of the trace. */
export async function simulateSeed(seed: number, template: Template, sink?: (line: string) => void): Promise<Outcome> {
  using _ = inlineSubtle()
  const world = new World(String(seed), { now: template.now, sink })
  const { timeline, coverage, faults } = world
  if (faults.startsLateMs > 0) timeline.now = template.expires - faults.startsLateMs
  const scene = openScene(world, template)
  const watched = watchRejections(world)
  weather(world, scene)
  const stage = new Stage({ ...scene, world, template, nodes: new Map(scene.nodes.map((node) => [node.name, node])) })
  for (const actor of ACTORS) actor(stage)
  const began = timeline.now
  await scene.run(began + faults.overMs)
  stage.close()
  faults.active = false
  world.trace.write('-', 'no more faults')
  const rested = await scene.run(timeline.now + REST_WITHIN_MS, () => scene.rests())
  if (!rested) world.violated('D9 everything comes to rest', scene.restless())
  else for (const [rule, detail] of brokenAtRest(scene.monitor.book, scene.resting())) world.violated(rule, detail)
  for (const node of scene.nodes) node.stop()
  watched()
  return {
    seed,
    violation: world.violation,
    steps: timeline.steps,
    simulated: timeline.now - began,
    digest: world.trace.digest,
    last: world.trace.last,
    coverage: coverage.plain(),
  }
}

/** An error that nobody takes would end the whole process of a node. */
function watchRejections(world: World): () => void {
  const listener = (reason: unknown) => world.violated('D8 no promise is left to itself', String(reason))
  process.on('unhandledRejection', listener)
  return () => void process.off('unhandledRejection', listener)
}

function openScene(world: World, template: Template) {
  const monitor = new Monitor(world)
  const hosts = new Map<string, Host>()
  const network = new Network(world, hosts, ({ name }, request) => monitor.censor(name, request))
  const apart = world.faults.stream.chance(0.5)
  if (apart) world.coverage.fault('clocks apart')
  const nodes = Object.entries(template.disks).map(([name, disk]) => {
    const keys = template.keys[name]
    if (keys === undefined) throw new Error(`no keys of ${name}`)
    const clockOffset = apart ? world.faults.stream.between(-1_500, 1_500) : 0
    const strategy = world.faults.stream.pick(['automatic', 'manual'] as const)
    const observe = (node: SimulatedNode, connection: Parameters<Monitor['observe']>[1]) =>
      monitor.observe(node, connection)
    const node = new SimulatedNode({ world, name, disk, keys, network, observe, clockOffset, strategy })
    hosts.set(`${name}.example`, node)
    return node
  })
  for (const node of nodes) node.start()
  const look = () => {
    for (const node of nodes) if (node.touched && node.connection !== undefined) monitor.observe(node, node.connection)
  }
  const decided = () => monitor.book.negotiations().every(({ process }) => FINAL.has(process.state))
  return {
    monitor,
    network,
    nodes,
    /** Runs, and looks at every node after every step. */
    run: (until: number, done: () => boolean = () => false) =>
      world.run(until, () => {
        look()
        return done()
      }),
    resting: () =>
      nodes.flatMap(({ name, connection, disk: { files } }) =>
        connection === undefined ? [] : [{ name, connection, files }],
      ),
    rests: () =>
      decided() && network.quiet && nodes.every((node) => node.slices !== undefined && waitingJobs(node).length === 0),
    restless: () => nodes.map((node) => `${node.name}: ${waitingJobs(node).join(', ') || 'no job'}`).join('; '),
  }
}

/** Jobs that are still to be done; the renewal of a membership is months away. */
function waitingJobs({ connection }: SimulatedNode): string[] {
  if (connection === undefined) return ['down']
  const rows = connection
    .prepare<[], { job: string }>(
      "select queue || ' ' || key || ' ' || coalesce(error, '') as job from jobs where state = 'ready' and queue <> 'credential-renew'",
    )
    .all()
  const leaves = connection.prepare<[], { kind: string }>('select kind from leaf_queue where position is null').all()
  const staged = connection.prepare<[], { path: string }>('select path from ledger_stage').all()
  return [
    ...rows.map(({ job }) => job),
    ...leaves.map(({ kind }) => `${kind} leaf`),
    ...staged.map(({ path }) => `unpublished ${path}`),
  ]
}
