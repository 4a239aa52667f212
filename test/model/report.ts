import { explore, type Explored, unwalked } from './explore.ts'
import type { Setting } from './channel.ts'
import type { Held } from './kind.ts'

/** What was explored, in one line. */
export function summary(name: string, { worlds, happenings }: Explored): string {
  const count = (value: number) => value.toLocaleString('en')
  return `${name}: ${count(worlds)} worlds, ${count(happenings)} steps`
}

/** By which rule of the exploration a wrong table shows; undefined when it does not. */
export function caughtBy<P extends Held>(setting: Setting<P>): string | undefined {
  const explored = explore(setting)
  if (explored.fault !== undefined) return explored.fault.what.split(':')[0]
  return unwalked(setting, explored).length > 0 ? 'never walked' : undefined
}

/** How many were found by which rule. */
export function tally(found: readonly { readonly by: string | undefined }[]): string {
  const counts = new Map<string, number>()
  for (const { by = 'not found' } of found) counts.set(by, (counts.get(by) ?? 0) + 1)
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([by, count]) => `${by} ${count}`)
    .join(', ')
}
