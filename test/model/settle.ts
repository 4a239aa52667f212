import type { Role } from '../../schemas/dsp.ts'
import { type Answer, fresh, pendingLetter, received, type Setting, told, withSide, type World } from './channel.ts'
import { type Held, ROLES } from './kind.ts'

/** How the messages meet when they get through again: one after the other, or crossing each other. */
export type Order = 'consumer first' | 'provider first' | 'crossing'
export const ORDERS: readonly Order[] = ['consumer first', 'provider first', 'crossing']

/** No process has as many own steps; more means that it never rests. */
const MOST_ROUNDS = 12

/** Messages get through again and are answered, each side says what is pending, nobody decides anything new. */
export function settled<P extends Held>(setting: Setting<P>, world: World<P>, order: Order): World<P> | undefined {
  const roles = order === 'provider first' ? ROLES.toReversed() : ROLES
  let now = world
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    if (atRest(now)) return now
    now =
      order === 'crossing'
        ? exchange(setting, now, roles)
        : roles.reduce((w, role) => exchange(setting, w, [role]), now)
  }
  return undefined
}

export function atRest<P extends Held>({ consumer, provider }: World<P>): boolean {
  return consumer?.pending === undefined && provider?.pending === undefined
}

/** The pending messages of these roles are sent, then heard, then answered. */
function exchange<P extends Held>(setting: Setting<P>, world: World<P>, roles: readonly Role[]): World<P> {
  const letters = roles.flatMap((role) => pendingLetter(world[role]) ?? [])
  const answers: Answer[] = []
  let now = world
  for (const letter of letters) {
    const outcome = received(setting, now, letter)
    if (outcome === undefined) continue
    const taken = !('code' in outcome.decided)
    if (!('code' in outcome.decided)) now = withSide(now, outcome.decided.next)
    answers.push({ kind: 'answer', to: letter.from, id: letter.pending.id, taken })
  }
  for (const answer of answers) {
    const next = told(setting, now, answer)
    if (next !== undefined) now = withSide(now, next)
  }
  return now
}

/** The worlds that come to rest after this side has said a word, one for each content it may give it. */
export function afterWord<P extends Held>(
  setting: Setting<P>,
  world: World<P>,
  [role, says]: readonly [Role, string],
): World<P>[] {
  const process = world[role]
  if (process === undefined) return []
  const words = setting.kind.words(process, fresh()).filter((word) => word.says === says)
  return words.flatMap((word) => {
    const decided = word.decide()
    const rest = 'code' in decided ? undefined : settled(setting, withSide(world, decided.next), 'consumer first')
    return rest ?? []
  })
}

/** Whether some words, said one after the other, bring both sides to the good end. */
export function succeeds<P extends Held>(setting: Setting<P>, world: World<P>): boolean {
  return reaches(setting, world, setting.kind.towardsSuccess.length)
}

function reaches<P extends Held>(setting: Setting<P>, world: World<P>, words: number): boolean {
  const { towardsSuccess, success } = setting.kind
  const { consumer, provider } = world
  if (consumer?.state === success && provider?.state === success) return true
  if (words === 0 || consumer?.state === 'TERMINATED' || provider?.state === 'TERMINATED') return false
  const tries = towardsSuccess.flatMap((says) => ROLES.map((role) => [role, says] as const))
  return tries.some((word) => afterWord(setting, world, word).some((rest) => reaches(setting, rest, words - 1)))
}
