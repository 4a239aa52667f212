import type { Setting, World } from './channel.ts'
import { type Held, ROLES } from './kind.ts'
import { afterWord, atRest, ORDERS, settled, succeeds } from './settle.ts'

/** Why this world must not be; undefined when all is well. */
export function worldFault<P extends Held>(setting: Setting<P>, world: World<P>): string | undefined {
  return statesFault(setting, world) ?? (world.flying.length === 0 ? restFault(setting, world) : undefined)
}

function statesFault<P extends Held>(
  { kind, apart = [], crossing = false }: Setting<P>,
  world: World<P>,
): string | undefined {
  const { consumer, provider } = world
  if (consumer === undefined || provider === undefined) {
    const state = (consumer ?? provider)?.state ?? ''
    return state === 'INITIAL' || state === 'TERMINATED' ? undefined : `pair: ${state} with nobody`
  }
  const pair = `${consumer.state}/${provider.state}`
  const ended = [consumer.state, provider.state].includes('TERMINATED')
  const finals = kind.final.includes(consumer.state) && kind.final.includes(provider.state)
  const fits = consumer.state === provider.state || (ended && !finals) || kind.pairs.has(pair) || apart.includes(pair)
  if (!fits) return `pair: ${pair}`
  const quiet = atRest(world) && world.flying.length === 0 && !crossing
  const wrong = kind.pairFault(consumer, provider, quiet)
  return wrong === undefined ? undefined : `pair: ${wrong}`
}

/** Nothing but pending messages is between the sides: they come to rest alike, can end it and can bring it to a good end. */
function restFault<P extends Held>(setting: Setting<P>, world: World<P>): string | undefined {
  if (!atRest(world)) {
    const sticks = ORDERS.find((order) => settled(setting, world, order) === undefined)
    return sticks === undefined ? undefined : `rest: never comes to rest, ${sticks}`
  }
  const { consumer, provider } = world
  if (consumer === undefined || provider === undefined) return undefined
  if (setting.kind.final.includes(consumer.state) && setting.kind.final.includes(provider.state)) return undefined
  const stuck = ROLES.find((role) => !canEnd(setting, world, role))
  if (stuck !== undefined) return `end: ${stuck} cannot end ${consumer.state}/${provider.state}`
  if (consumer.state !== provider.state)
    return restsApart(setting, world) ? undefined : `rest: ${consumer.state}/${provider.state}`
  return setting.crossing === true || succeeds(setting, world)
    ? undefined
    : `progress: no way from ${consumer.state} to ${setting.kind.success}`
}

function canEnd<P extends Held>(setting: Setting<P>, world: World<P>, role: 'consumer' | 'provider'): boolean {
  if (world[role]?.state === 'TERMINATED') return true
  return afterWord(setting, world, [role, 'termination']).some(
    ({ consumer, provider }) => consumer?.state === 'TERMINATED' && provider?.state === 'TERMINATED',
  )
}

/** One side gave up what it had opened before it knew the other's process: that one learns it with its next word. */
function restsApart<P extends Held>({ apart = [] }: Setting<P>, { consumer, provider }: World<P>): boolean {
  if (apart.includes(`${consumer?.state}/${provider?.state}`)) return true
  return [consumer, provider].some((process) => process?.state === 'TERMINATED' && process.peerPid === undefined)
}
