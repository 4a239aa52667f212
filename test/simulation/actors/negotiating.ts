import { DSP_CONTEXT } from '../../../schemas/dsp.ts'
import type { Did } from '../../../schemas/ids.ts'
import { FOREIGN } from '../monitor.ts'
import { FINAL } from '../rules/change.ts'
import type { Actor, Stage } from '../stage.ts'
import { type Member, MEMBERS, type Terms } from '../template.ts'

const LAST_TRY = 6

/** Members ask each other for datasets, with and without the purpose that some demand. */
export const requesters: Actor = (stage) => {
  const { random } = stage
  for (let count = random.between(2, 4); count > 0; count -= 1) {
    const consumer = random.pick(MEMBERS)
    const terms = random.pick<Terms>(['open', 'twice', 'twice', 'once', 'purpose'])
    stage.later(soon(stage), () => void request(stage, { consumer, terms }))
  }
}

async function request(stage: Stage, { consumer, terms }: { consumer: Member; terms: Terms }): Promise<void> {
  const { random, template, world } = stage
  const provider = stage.otherMember(consumer)
  const stated = terms === 'purpose' && random.chance(0.5) ? { purpose: template.purpose } : {}
  const wanted = { provider: didOf(stage, provider), dataset: template.datasets[provider][terms], ...stated }
  for (let attempt = 1; attempt <= LAST_TRY && !stage.signal.aborted; attempt += 1) {
    const done = await stage.act(consumer, 'request', ({ exchange }) => exchange.negotiations.request(wanted))
    if (done) return
    await world.timeline.sleep(random.between(500, 8_000))
  }
}

/** Early enough for something to come of it before the faults are over. */
function soon({ random, world }: Stage): number {
  return random.between(0, world.faults.lastMs * 0.6)
}

function didOf({ template }: Stage, name: string): Did {
  const did = template.dids[name]
  if (did === undefined) throw new Error(`no node ${name}`)
  return did
}

/** How likely somebody ends, at the least, what is not often or not for long in its state. */
const SELDOM_ENDED: Readonly<Record<string, number>> = { ACCEPTED: 0.3, AGREED: 0.06, VERIFIED: 0.06 }

/** People end negotiations in whatever state they are. */
export const quitters: Actor = (stage) => {
  const { random, monitor } = stage
  const often = random.pick([0, 0.03, 0.06, 0.2])
  monitor.onChange(({ kind, after: { node, process } }) => {
    if (kind !== 'negotiation' || FINAL.has(process.state)) return
    if (!random.chance(Math.max(often, SELDOM_ENDED[process.state] ?? 0))) return
    stage.later(random.between(0, random.pick([3, 30, 3_000])), () =>
      stage.do(node, 'end negotiation', ({ exchange }) => exchange.negotiations.terminate(process.pid, 'not any more')),
    )
  })
}

/** A connector of another make, under the identity of a member, asks for terms that nobody offers and hears nothing. */
export const strangers: Actor = (stage) => {
  const { random } = stage
  if (!random.chance(0.3)) return
  const from = random.pick(MEMBERS)
  const provider = stage.otherMember(from)
  const to = `https://${provider}.example/dsp/2025-1/negotiations/request`
  const message = {
    '@context': [DSP_CONTEXT],
    '@id': `${FOREIGN}request`,
    '@type': 'ContractRequestMessage',
    consumerPid: `${FOREIGN}process`,
    offer: {
      '@id': random.pick(['urn:uuid:nobody-made-this-offer', 'urn:uuid:nor-this']),
      target: stage.template.datasets[provider].open,
      permission: [{ action: 'use' }],
    },
    callbackAddress: `https://${from}.example/dsp/2025-1`,
  }
  stage.later(soon(stage), () =>
    stage.do(from, 'foreign request', ({ exchange }) =>
      exchange.partners.send(didOf(stage, provider), { url: to, message }),
    ),
  )
}

/** Providers offer datasets to members who have not asked for them. */
export const hawkers: Actor = (stage) => {
  const { random, template } = stage
  for (let count = random.pick([0, 1, 1, 2]); count > 0; count -= 1) {
    const provider = random.pick(MEMBERS)
    const dataset = template.datasets[provider][random.pick<Terms>(['open', 'twice'])]
    const terms = random.chance(0.5) ? { terms: { terms: newTerms(stage) } } : {}
    const offer = { partner: didOf(stage, stage.otherMember(provider)), dataset, ...terms }
    stage.later(soon(stage), () => stage.do(provider, 'offer', ({ exchange }) => exchange.negotiations.offer(offer)))
  }
}

function newTerms({ random }: Stage) {
  return { partners: 'members' as const, derivation: false, pulls: random.between(1, 3) }
}

const LOOK_EVERY_MS = 4_000

/**
 * Whatever is left to a person is decided by one: accepted, answered with other terms, or refused. When the faults are over
 * nobody makes new terms, so that every negotiation ends.
 */
export const deciders: Actor = (stage) => {
  const { world, random } = stage
  const look = () => {
    for (const node of MEMBERS) if (waiting(stage, node)) stage.do(node, 'look into the inbox', decideOne(stage))
    world.timeline.after(random.between(1, LOOK_EVERY_MS), look)
  }
  world.timeline.after(random.between(1, LOOK_EVERY_MS), look)
}

function waiting({ monitor }: Stage, node: string): boolean {
  return [...monitor.book.of(node).negotiation.values()].some(
    ({ process: { pending, role, state } }) =>
      pending === undefined && state === (role === 'provider' ? 'REQUESTED' : 'OFFERED'),
  )
}

function decideOne(stage: Stage): Parameters<Stage['do']>[2] {
  const { random, signal, world } = stage
  return async ({ exchange: { negotiations } }) => {
    const [process] = await negotiations.inbox()
    if (process === undefined) return undefined
    const choice = random.pick(
      signal.aborted ? ['accept', 'refuse'] : ['accept', 'counter', 'counter', 'refuse', 'wait'],
    )
    if (choice === 'wait') return undefined
    world.coverage.action(`${choice} at the ${process.role}`)
    if (choice === 'accept') return negotiations.accept(process.pid)
    if (choice === 'refuse') return negotiations.terminate(process.pid, 'not on these terms')
    return negotiations.counter(process.pid, { terms: newTerms(stage) })
  }
}
