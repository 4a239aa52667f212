import { mkdirSync, rmSync } from 'node:fs'
import { DemoNode, freePorts } from './tanemaki-process.ts'
import { Timeline } from './timeline.ts'

export const root = '.demo'
const basePort = 7600

/** Everything that the steps of the demonstration share. */
export interface Story {
  readonly timeline: Timeline
  readonly authority: DemoNode
  readonly bureau: DemoNode
  readonly lab: DemoNode
  readonly stranger: DemoNode
  readonly publisher: DemoNode
  readonly nodes: readonly DemoNode[]
}

/** A clean folder, and five organisations with ports that are free. */
export async function openStory(): Promise<Story> {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  const titles = {
    authority: 'Space authority',
    bureau: 'Statistics bureau',
    lab: 'Research lab',
    stranger: 'Stranger',
    publisher: 'Law publisher',
  }
  const ports = await freePorts(basePort, Object.keys(titles).length * 2)
  const nodes = Object.entries(titles).map(
    ([name, title], index) =>
      new DemoNode({
        name,
        title,
        root,
        publicPort: ports[2 * index] ?? 0,
        managementPort: ports[2 * index + 1] ?? 0,
      }),
  )
  const [authority, bureau, lab, stranger, publisher] = nodes
  if (!authority || !bureau || !lab || !stranger || !publisher) throw new Error('five nodes are needed')
  return { timeline: new Timeline(), authority, bureau, lab, stranger, publisher, nodes }
}

/** A member of a command's JSON answer; the demonstration stops when it is not there. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  let current: unknown = value
  for (const key of path) {
    current = typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined
  }
  if (typeof current === 'string' || typeof current === 'number' || typeof current === 'boolean') return String(current)
  throw new Error(`the answer has no ${path.join('.')}: ${JSON.stringify(value).slice(0, 400)}`)
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  let current: unknown = value
  for (const key of path) {
    current = typeof current === 'object' && current !== null ? Reflect.get(current, key) : undefined
  }
  if (Array.isArray(current)) return current
  throw new Error(`the answer has no list ${path.join('.')}`)
}
