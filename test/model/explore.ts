import { otherRole } from '../../protocol/dsp/process.ts'
import { type Happening, happenings, keyOf, reduced, type Setting, type World } from './channel.ts'
import type { Held } from './kind.ts'
import { worldFault } from './rules.ts'

export interface Explored {
  readonly worlds: number
  readonly happenings: number
  /** Most messages and answers that were on their way at once. */
  readonly fullest: number
  /** Pairs of states at rest and on the way, as they were seen. */
  readonly pairs: ReadonlySet<string>
  /** Entries of the tables that were used, by what was said or heard and where it led. */
  readonly walked: ReadonlySet<string>
  readonly fault?: { readonly what: string; readonly path: readonly string[] } | undefined
}

interface Step {
  readonly label: string
  readonly before: Step | undefined
}

/** Visits every world that can be reached, once each, and stops at the first fault. */
export function explore<P extends Held>(setting: Setting<P>): Explored {
  const known = new Set<string>()
  const walked = new Set<string>()
  const pairs = new Set<string>()
  let queue: { world: World<P>; step: Step | undefined }[] = []
  let count = 0
  let fullest = 0
  const visit = (world: World<P>, step: Step | undefined) => {
    const kept = reduced(setting, world)
    const key = keyOf(setting, kept)
    if (known.has(key)) return undefined
    known.add(key)
    fullest = Math.max(fullest, kept.flying.length)
    pairs.add(`${kept.consumer?.state ?? 'absent'}/${kept.provider?.state ?? 'absent'}`)
    queue.push({ world: kept, step })
    return worldFault(setting, kept)
  }
  const result = (fault?: Explored['fault']): Explored => ({
    worlds: known.size,
    happenings: count,
    fullest,
    pairs,
    walked,
    fault,
  })
  for (const opening of setting.kind.openings()) {
    const what = 'code' in opening ? 'step: nobody can open' : visit(opened(opening.next), undefined)
    if (what !== undefined) return result({ what, path: [] })
  }
  while (queue.length > 0) {
    const now = queue
    queue = []
    for (const { world, step } of now) {
      for (const happening of happenings(setting, world)) {
        count += 1
        if (happening.walked !== undefined) walked.add(happening.walked)
        const after = { label: happening.label, before: step }
        const what = faultOf(happening) ?? visit(happening.world, after)
        if (what !== undefined) return result({ what, path: pathOf(after) })
      }
    }
  }
  return result()
}

export function opened<P extends Held>(process: P): World<P> {
  return process.role === 'consumer' ? { consumer: process, flying: [] } : { provider: process, flying: [] }
}

function faultOf<P extends Held>({ fault }: Happening<P>): string | undefined {
  return fault === undefined ? undefined : `step: ${fault}`
}

function pathOf(step: Step | undefined): string[] {
  const path: string[] = []
  for (let at = step; at !== undefined; at = at.before) path.unshift(at.label)
  return path
}

/** Arrows of the figure that nobody walked, neither speaking nor hearing; openings are said before an exploration begins. */
export function unwalked<P extends Held>({ kind: { figure } }: Setting<P>, { walked }: Explored): string[] {
  const arrows = figure.arrows.flatMap(([from, says, by, to]) => [
    ...(from === 'INITIAL' ? [] : [`${by} says ${says} in ${from} -> ${to}`]),
    `${otherRole(by)} hears ${says} in ${from} -> ${to}`,
  ])
  arrows.push(...figure.givesUp.map((role) => `${role} says termination in INITIAL -> TERMINATED`))
  return arrows.filter((arrow) => !walked.has(arrow))
}
