import { otherRole } from '../../protocol/dsp/process.ts'
import type { Role } from '../../schemas/dsp.ts'
import { leadsTo } from './figures.ts'
import { type Decided, type Held, type Kind, type Known, type Letter, type Name, ROLES } from './kind.ts'

/** An answer on its way to the sender of the message `id`. */
export interface Answer {
  readonly kind: 'answer'
  readonly to: Role
  readonly id: string
  readonly taken: boolean
}

/** Both sides, and what is between them. A message may come again as long as it is there, so no copy is there twice. */
export interface World<P extends Held> {
  readonly consumer?: P | undefined
  readonly provider?: P | undefined
  readonly flying: readonly (Letter | Answer)[]
}

export interface Setting<P extends Held> {
  readonly kind: Kind<P>
  /** Most messages and answers between the sides at once. */
  readonly capacity: number
  /** Roles whose messages have no `@id` and do not say after what they were said. */
  readonly nameless: readonly Role[]
  /** Roles that give every try of a message an id of its own. */
  readonly renaming?: readonly Role[]
  /** Leaves out what can be seen to change nothing any more. */
  readonly prune: boolean
  /** States of consumer and provider that may rest apart until the next word, where messages without ids were confused. */
  readonly apart?: readonly string[]
  /** Messages without ids cross and repeat: what is on the table and who suspended may differ, and the good end is not promised. */
  readonly crossing?: boolean
}

/** One thing that may happen next; `fault`: that it could is wrong. */
export interface Happening<P extends Held> {
  readonly label: string
  readonly world: World<P>
  readonly fault?: string | undefined
  /** What was used: an entry of a table (who says or hears what in which state, and where it leads), or a repetition. */
  readonly walked?: string | undefined
}

let ids = 0
export const fresh = () => `urn:uuid:${(ids += 1)}`

export function withSide<P extends Held>(world: World<P>, process: P): World<P> {
  return process.role === 'consumer' ? { ...world, consumer: process } : { ...world, provider: process }
}

export function pendingLetter(process: Held | undefined): Letter | undefined {
  if (process?.pending === undefined) return undefined
  return { kind: 'letter', from: process.role, opening: process.peerPid === undefined, pending: process.pending }
}

export function identityOf<P extends Held>({ kind, nameless, renaming = [] }: Setting<P>, letter: Letter): string {
  if (renaming.includes(letter.from)) return fresh()
  return nameless.includes(letter.from) ? `digest:${kind.digest(letter)}` : letter.pending.id
}

/** What the receiver makes of a letter: itself afterwards, and whether it took it. Undefined: there is nobody to take it. */
export function received<P extends Held>(
  setting: Setting<P>,
  world: World<P>,
  letter: Letter,
): { readonly before: P; readonly decided: Decided<P> } | undefined {
  const { kind } = setting
  const sender = world[letter.from]
  const identity = identityOf(setting, letter)
  const known = world[otherRole(letter.from)]
  if (sender === undefined || (known === undefined && !letter.opening)) return undefined
  if (known !== undefined && letter.opening) {
    // As the inbox has it: an opening finds the process that it has opened.
    return { before: known, decided: { next: known, repeated: true } }
  }
  const before = known ?? kind.born(letter)
  return { before, decided: kind.hear(before, letter, { identity, peerPid: sender.pid }) }
}

/** Everything that may happen next in a world. A crash needs no step of its own: what is pending is sent again, answers are lost. */
export function* happenings<P extends Held>(setting: Setting<P>, world: World<P>): Generator<Happening<P>> {
  for (const role of ROLES) {
    const process = world[role]
    if (process === undefined) continue
    yield* spoken(setting, world, process)
    const letter = pendingLetter(process)
    if (letter !== undefined && world.flying.length < setting.capacity && !isFlying(world, letter.pending.id)) {
      yield {
        label: `${role} sends its ${letter.pending.says}`,
        world: { ...world, flying: [...world.flying, letter] },
      }
    }
  }
  for (const item of world.flying) {
    const rest = { ...world, flying: world.flying.filter((other) => other !== item) }
    yield { label: item.kind === 'letter' ? `${item.pending.says} is lost` : 'an answer is lost', world: rest }
    if (item.kind === 'answer') yield* answered(setting, rest, item)
    else yield* delivered(setting, { world, rest }, item)
  }
}

function isFlying<P extends Held>({ flying }: World<P>, id: string): boolean {
  return flying.some((item) => item.kind === 'letter' && item.pending.id === id)
}

function* spoken<P extends Held>(setting: Setting<P>, world: World<P>, process: P): Generator<Happening<P>> {
  const { role } = process
  for (const word of setting.kind.words(process, fresh())) {
    const decided = word.decide()
    if ('code' in decided) continue
    const { next } = decided
    const arrow = `${role} says ${word.says} in ${process.state} -> ${next.pending?.to ?? next.state}`
    const fault = spokenFault(setting, process, { says: word.says, next })
    yield { label: arrow, walked: arrow, world: withSide(world, next), fault }
  }
}

function spokenFault<P extends Held>(
  { kind }: Setting<P>,
  before: P,
  { says, next }: { says: string; next: P },
): string | undefined {
  const { role, state } = before
  const to = next.pending?.to ?? next.state
  const allowed = leadsTo(kind.figure, [role, 'says', says], state) === to
  return allowed ? kind.stepFault(before, next) : `no arrow for ${says} in ${state}`
}

/** The message is heard; it may come again or not, and the answer is on its way or lost. */
function* delivered<P extends Held>(
  setting: Setting<P>,
  { world, rest }: { world: World<P>; rest: World<P> },
  letter: Letter,
): Generator<Happening<P>> {
  const outcome = received(setting, world, letter)
  if (outcome === undefined) return
  const { before, decided } = outcome
  const changed = !('code' in decided) && !decided.repeated
  const made = changed ? heardArrow(setting, before, { letter, after: decided.next }) : {}
  const hears = `${before.role} hears ${letter.pending.says} in ${before.state}`
  const again = !('code' in decided) && decided.repeated
  const label = `${hears}: ${'code' in decided ? decided.code : again ? 'again' : decided.next.state}`
  const heard = (now: World<P>) => ({
    label,
    ...(again ? { walked: `${hears} again` } : made),
    world: changed ? withSide(now, decided.next) : now,
  })
  if (changed) yield heard(world)
  const answer: Answer = { kind: 'answer', to: letter.from, id: letter.pending.id, taken: !('code' in decided) }
  if (world.flying.some((item) => item.kind === 'answer' && item.id === answer.id && item.taken === answer.taken))
    return
  yield heard({ ...rest, flying: [...rest.flying, answer] })
  if (world.flying.length < setting.capacity) yield heard({ ...world, flying: [...world.flying, answer] })
}

function heardArrow<P extends Held>(
  { kind }: Setting<P>,
  before: P,
  { letter, after }: { letter: Letter; after: P },
): { walked: string | undefined; fault: string | undefined } {
  const { says } = letter.pending
  const { pending, role, state } = before
  const walks = (from: string) => leadsTo(kind.figure, [role, 'hears', says], from) === after.state
  const stands = walks(state) && (state !== 'INITIAL' || pending === undefined)
  const from = [...(stands ? [state] : []), ...(pending !== undefined && walks(pending.to) ? [pending.to] : [])]
  return {
    // Where the pending message may have arrived or not, and both fit, no arrow is known to be walked.
    walked: from.length === 1 ? `${role} hears ${says} in ${from[0]} -> ${after.state}` : undefined,
    fault: from.length === 0 ? `no arrow for ${says} heard in ${state}` : kind.stepFault(before, after),
  }
}

function* answered<P extends Held>(setting: Setting<P>, rest: World<P>, answer: Answer): Generator<Happening<P>> {
  const next = told(setting, rest, answer)
  const process = rest[answer.to]
  if (next === undefined || process === undefined || next === process) return
  const label = `${answer.to} learns that ${process.pending?.says ?? ''} was ${answer.taken ? 'taken' : 'refused'}`
  const allowed = [process.state, process.pending?.to, 'TERMINATED'].includes(next.state)
  const fault = allowed ? setting.kind.stepFault(process, next) : `moved to ${next.state} by an answer`
  yield { label, world: withSide(rest, next), fault }
}

/** The sender once it knows the answer. */
export function told<P extends Held>({ kind }: Setting<P>, world: World<P>, answer: Answer): P | undefined {
  const process = world[answer.to]
  const peer = world[otherRole(answer.to)]
  if (process === undefined) return undefined
  const { id, taken } = answer
  const decided = kind.answered(
    process,
    taken
      ? { kind: 'acknowledged', id, peerPid: peer?.pid }
      : { kind: 'refused', id, reasons: ['no'], followUp: fresh() },
  )
  return 'code' in decided ? undefined : decided.next
}

/** The world without what its processes need not remember and, when pruned, without what can change nothing any more. */
export function reduced<P extends Held>(setting: Setting<P>, world: World<P>): World<P> {
  const flying = setting.prune ? world.flying.filter((item) => !spent(setting, world, item)) : world.flying
  let kept: World<P> = { ...world, flying }
  for (const role of ROLES) {
    const process = kept[role]
    if (process !== undefined) kept = withSide(kept, setting.kind.forget(process, knownTo(setting, kept, role)))
  }
  return kept
}

/** An answer, or a message given up by its sender, that is seen to change nothing now and can never change anything. */
function spent<P extends Held>(setting: Setting<P>, world: World<P>, item: Letter | Answer): boolean {
  if (item.kind === 'answer') return world[item.to]?.pending?.id !== item.id
  const receiver = world[otherRole(item.from)]
  if (receiver === undefined || world[item.from]?.pending?.id === item.pending.id) return false
  if (item.opening) return true
  const outcome = received(setting, world, item)
  if (outcome !== undefined && !('code' in outcome.decided) && !outcome.decided.repeated) return false
  const named = ![...setting.nameless, ...(setting.renaming ?? [])].includes(item.from)
  const heard = named && receiver.seen.includes(item.pending.id)
  return heard || setting.kind.final.includes(receiver.state)
}

function knownTo<P extends Held>(setting: Setting<P>, world: World<P>, role: Role): Known {
  const peer = world[otherRole(role)]
  const now = pendingLetter(peer)
  const coming = world.flying.filter((item) => item.kind === 'letter' && item.from !== role) as Letter[]
  if (now !== undefined) coming.push(now)
  return {
    coming: new Set(coming.map((letter) => identityOf(setting, letter))),
    named: new Set([peer?.seen.at(-1), ...coming.map(({ pending }) => pending.after)]),
    compared: new Set([peer?.pending?.id, peer?.lastSaid]),
  }
}

/** One text for all worlds that differ only in names and in what makes no difference. */
export function keyOf<P extends Held>({ kind }: Setting<P>, world: World<P>): string {
  const names = new Map<string, string>()
  const name: Name = (id) => {
    if (id === undefined) return '-'
    if (id.includes('#')) return id.slice(0, id.indexOf('#') + 1) + name(id.slice(id.indexOf('#') + 1))
    if (!id.startsWith('urn:uuid:')) return id
    const known = names.get(id) ?? `${names.size}`
    names.set(id, known)
    return known
  }
  const peek: Name = (id) => (id === undefined ? '-' : id.startsWith('urn:uuid:') ? (names.get(id) ?? '?') : id)
  const sides = ROLES.map((role) => {
    const process = world[role]
    return process === undefined ? 'absent' : kind.facts(process, name)
  })
  const written = (item: Letter | Answer, by: Name) =>
    item.kind === 'answer'
      ? `answer to ${item.to} ${by(item.id)} ${item.taken}`
      : `${item.from}${item.opening ? ' opens' : ''} ${item.pending.says} ${by(item.pending.id)} ${kind.letterFacts(item.pending, by)}`
  const flying = world.flying
    .map((item) => ({ item, rank: written(item, peek) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ item }) => written(item, name))
  return [...sides, ...flying].join('|')
}
