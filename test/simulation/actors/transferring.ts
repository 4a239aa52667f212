import type { DataAccess } from '../../../node/transfer/operations.ts'
import { readPullAddress } from '../../../protocol/transfer/data-address.ts'
import type { Transfer } from '../../../schemas/transfer.ts'
import { FINAL } from '../rules/change.ts'
import type { Actor, Stage } from '../stage.ts'
import { MEMBERS } from '../template.ts'

/** Consumers pull what they agreed on, some of them more often than they may. */
export const pullers: Actor = (stage) => {
  const { random, monitor } = stage
  monitor.onChange(({ kind, before, after: { node, process } }) => {
    if (kind !== 'negotiation' || process.role !== 'consumer' || process.state !== 'FINALIZED') return
    if (before?.process.state === 'FINALIZED') return
    const agreement = process.agreement?.['@id'] ?? ''
    for (let pulls = random.between(1, 3), at = 0; pulls > 0; pulls -= 1) {
      at += random.between(0, 12_000)
      stage.later(at, () => stage.do(node, 'pull', ({ exchange }) => exchange.transfers.start(agreement)))
    }
  })
}

type Deed = (stage: Stage, node: string, process: Transfer) => void

const deed =
  (name: string, act: (pid: string, stage: Stage) => Parameters<Stage['do']>[2]): Deed =>
  (stage, node, { pid }) =>
    stage.do(node, name, act(pid, stage))

const complete = deed(
  'complete',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.complete(pid),
)
const fail = deed(
  'report wrong bytes',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.fail(pid, { resource: 'example-0001.parquet', chunk: 0 }),
)
const renew = deed(
  'renew',
  (pid, { signal }) =>
    ({ exchange }) =>
      exchange.transfers.renew(pid, signal),
)
const await_ = deed(
  'wait for the address',
  (pid, { signal }) =>
    ({ exchange }) =>
      exchange.transfers.dataAddress(pid, signal),
)
const suspend = deed(
  'suspend',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.suspend(pid, 'a pause'),
)
const resume = deed(
  'resume',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.resume(pid),
)
const end = deed(
  'end transfer',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.terminate(pid, 'not any more'),
)
const finish = deed(
  'complete as provider',
  (pid) =>
    ({ exchange }) =>
      exchange.transfers.endPush(pid, 'complete'),
)
const nothing: Deed = () => {}

const AT_CONSUMER: Readonly<Record<string, readonly [Deed, ...Deed[]]>> = {
  INITIAL: [await_, nothing],
  REQUESTED: [await_, nothing, end],
  STARTED: [complete, complete, renew, renew, suspend, fail, end, nothing],
  SUSPENDED: [resume, resume, complete, end, nothing],
}
const AT_PROVIDER: Readonly<Record<string, readonly [Deed, ...Deed[]]>> = {
  STARTED: [suspend, nothing, nothing, nothing, nothing, finish],
  SUSPENDED: [resume, resume, nothing, end],
}

/** Both sides do with a transfer what its state lets them, sooner or later, and now and then at once. */
export const movers: Actor = (stage) => {
  const { random, monitor } = stage
  monitor.onChange((change) => {
    if (change.kind !== 'transfer') return
    const { before, after } = change
    const { role, state } = after.process
    if (FINAL.has(state) || before?.process.state === state) return
    const deeds = (role === 'consumer' ? AT_CONSUMER : AT_PROVIDER)[state] ?? [nothing]
    const chosen = random.pick(deeds)
    stage.later(random.between(0, random.pick([2, 200, 6_000])), () => chosen(stage, after.node, after.process))
  })
}

/** People stop transfers in whatever state they are, on either side. */
export const meddlers: Actor = (stage) => {
  const { random, monitor } = stage
  const often = random.pick([0, 0.03, 0.06, 0.2])
  monitor.onChange((change) => {
    if (change.kind !== 'transfer' || FINAL.has(change.after.process.state) || !random.chance(often)) return
    const { node, process } = change.after
    const chosen = random.pick([end, suspend, resume])
    stage.later(random.between(0, random.pick([3, 30, 3_000])), () => chosen(stage, node, process))
  })
}

/** Whoever has a token reads with it, also when it is old: it opens nothing once the transfer does not run any more. */
export const readers: Actor = (stage) => {
  const { random, monitor } = stage
  monitor.onChange((change) => {
    if (change.kind !== 'transfer' || change.after.process.role !== 'consumer') return
    const { peer, dataAddress, state } = change.after.process
    const address = dataAddress === undefined ? undefined : readPullAddress(dataAddress)
    if (state !== 'STARTED' || address === undefined) return
    const provider = MEMBERS.find((name) => stage.template.dids[name] === peer) ?? ''
    for (let tries = 0; tries < 3; tries += 1) {
      stage.later(random.between(0, random.pick([50, 5_000, 60_000])), () => read(stage, provider, address))
    }
  })
}

function read(stage: Stage, provider: string, { endpoint, authorization }: DataAccess): void {
  const pid = decodeURIComponent(endpoint.split('/data/')[1] ?? '')
  const held = () => stage.monitor.book.of(provider).transfer.get(pid)
  const before = held()
  const runs = before?.process.state === 'STARTED' || before?.process.pending?.says === 'start'
  stage.do(provider, 'read', async ({ exchange }) => {
    const access = await exchange.transfers.resolveAccess(authorization.replace('Bearer ', ''), pid)
    if ('code' in access || runs || held()?.version !== before?.version) return
    stage.world.violated(
      'A2 a token is good while the transfer runs',
      `${pid} at ${provider}: ${before?.process.state}`,
    )
  })
}

/** A provider takes a dataset back from all use. */
export const withdrawers: Actor = (stage) => {
  const { random, template } = stage
  if (!random.chance(0.1)) return
  const node = random.pick(MEMBERS)
  const dataset = template.datasets[node][random.pick(['open', 'twice'] as const)]
  stage.later(random.between(10_000, stage.world.faults.lastMs), () =>
    stage.do(node, 'withdraw from use', ({ exchange }) => exchange.transfers.endUse(dataset, 'a flaw was found')),
  )
}
