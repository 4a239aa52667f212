import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { createDatasetsStore } from '../../node/adapters/sqlite/datasets-store.ts'
import { databaseOn } from '../../node/adapters/sqlite/open.ts'
import type { Keys } from '../../node/ports/keys.ts'
import type { Did } from '../../schemas/ids.ts'
import type { OfferTermsInput } from '../../schemas/policy.ts'
import { exampleDataset } from '../contract/datasets-store.ts'
import { inlineSubtle } from './inline-subtle.ts'
import { type Host, Network } from './network.ts'
import { simulatedKeys } from './simulated-keys.ts'
import { type Disk, SimulatedNode } from './simulated-node.ts'
import { World } from './world.ts'

export const AUTHORITY = 'authority'
/** Either is provider and consumer. */
export const MEMBERS = ['bureau', 'lab'] as const
const NODES = [AUTHORITY, ...MEMBERS] as const
export type Member = (typeof MEMBERS)[number]

/** Terms of the datasets that every member offers. */
const TERMS = {
  open: {},
  twice: { pulls: 2 },
  once: { pulls: 1 },
  purpose: { purposes: ['research'] },
} satisfies Readonly<Record<string, Omit<OfferTermsInput, 'purposes'> & { purposes?: readonly string[] }>>
export type Terms = keyof typeof TERMS

/** A space as it is before anything goes wrong: every seed starts from the same one. */
export interface Template {
  /** ms since 1970. */
  readonly now: number
  /** When the memberships end, in ms since 1970. */
  readonly expires: number
  readonly disks: Readonly<Record<string, Disk>>
  readonly keys: Readonly<Record<string, Keys>>
  readonly dids: Readonly<Record<string, Did>>
  /** A purpose of the rulebook. */
  readonly purpose: string
  readonly datasets: Readonly<Record<Member, Readonly<Record<Terms, string>>>>
}

const FOUNDED = Date.UTC(2026, 0, 1)
const LONGEST_MS = 60_000

/** Founds the space, lets the members join and publish, without any fault. */
export async function createTemplate(): Promise<Template> {
  using _ = inlineSubtle()
  const world = new World('template', { now: FOUNDED })
  world.faults.active = false
  const hosts = new Map<string, Host>()
  const network = new Network(world, hosts, () => {})
  const image = emptyStore()
  const keys = Object.fromEntries(NODES.map((name) => [name, simulatedKeys(name)]))
  const nodes = NODES.map((name) => {
    const disk = { image, files: new Map<string, Uint8Array>() }
    const own = keys[name] ?? simulatedKeys(name)
    const node = new SimulatedNode({ world, name, disk, keys: own, network, observe: () => {}, clockOffset: 0 })
    hosts.set(`${name}.example`, node)
    node.start()
    return node
  })
  await world.run(world.timeline.now + 1_000)
  const { purpose, datasets } = await inhabit(world, nodes)
  await world.run(world.timeline.now + 5_000)
  if (world.violation !== undefined) throw new Error(`${world.violation.rule}: ${world.violation.detail}`)
  const ends: number[] = []
  for (const { slices } of nodes.slice(1)) {
    ends.push(Date.parse((await slices?.governance.membership())?.validUntil ?? ''))
  }
  for (const node of nodes) node.stop()
  return {
    now: world.timeline.now,
    expires: Math.min(...ends),
    disks: Object.fromEntries(nodes.map((node) => [node.name, node.disk])),
    keys,
    dids: Object.fromEntries(nodes.map((node) => [node.name, node.did])),
    purpose,
    datasets,
  }
}

function emptyStore(): Buffer {
  const connection = new BetterSqlite3(':memory:')
  connection.pragma('page_size = 512')
  const folder = join(import.meta.dirname, '../../node/adapters/sqlite/migrations')
  for (const file of globSync('*/migration.sql', { cwd: folder }).sort()) {
    connection.exec(readFileSync(join(folder, file), 'utf8'))
  }
  const image = connection.serialize()
  connection.close()
  return image
}

async function inhabit(world: World, [authority, ...members]: readonly SimulatedNode[]) {
  const governance = authority?.slices?.governance
  if (governance === undefined) throw new Error('the authority did not start')
  await ended(world, governance.found({ name: 'Simulated space' }))
  for (const { name, slices } of members) {
    const { invitation } = await ended(world, governance.invite({ name }))
    if (slices !== undefined) await ended(world, slices.governance.join(invitation))
  }
  const purpose = (await ended(world, governance.rulebook())).purposes[0]?.id ?? ''
  const published = await Promise.all(members.map((node, at) => publish(node, { purpose, first: at * 10 })))
  const [bureau, lab] = published
  if (bureau === undefined || lab === undefined) throw new Error('two members publish')
  return { purpose, datasets: { bureau, lab } }
}

/** Runs the world until the promise has ended. */
async function ended<Value>(world: World, promise: Promise<Value>): Promise<Value> {
  let over = false
  const end = () => void (over = true)
  promise.then(end, end)
  await world.run(world.timeline.now + LONGEST_MS, () => over)
  return promise
}

async function publish({ connection, slices }: SimulatedNode, { purpose, first }: { purpose: string; first: number }) {
  if (connection === undefined || slices === undefined) throw new Error('a member did not start')
  const store = createDatasetsStore(databaseOn(connection), { now: () => FOUNDED, after: () => () => {} })
  const one = async (terms: Terms, at: number): Promise<string> => {
    const asked = terms === 'purpose' ? { purposes: [purpose] } : TERMS[terms]
    const offer = await slices.exchange.catalogs.checkTerms({ partners: 'members', derivation: false, ...asked })
    const record = exampleDataset(first + at + 1, { state: 'published', offers: [offer] })
    await store.insert(record)
    return record.id
  }
  const [open, twice, once, bound] = [
    await one('open', 0),
    await one('twice', 1),
    await one('once', 2),
    await one('purpose', 3),
  ]
  return { open, twice, once, purpose: bound }
}
