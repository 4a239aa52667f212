import type { CellValue } from '../../../../schemas/row-columns.ts'
import { memberOf } from './values.ts'

const STEP = /\.([A-Za-z_][A-Za-z0-9_]*)|\[(-?\d+)\]|\['([^']*)'\]|\["([^"]*)"\]|(\[\*\]|\.\*)/y

/** Steps of a path, `null` for every member; undefined when it cannot be read. */
function stepsOf(path: string): (string | number | null)[] | undefined {
  if (!path.startsWith('$')) return undefined
  const steps: (string | number | null)[] = []
  STEP.lastIndex = 1
  for (let at = 1; at < path.length; at = STEP.lastIndex) {
    const found = STEP.exec(path)
    if (found === null) return undefined
    const [, name, index, single, double, all] = found
    steps.push(all === undefined ? (index === undefined ? (name ?? single ?? double ?? '') : Number(index)) : null)
  }
  return steps
}

const membersOf = (value: CellValue): CellValue[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : []

/**
 * Singular and wildcard queries of JSONPath (RFC 9535): names, indices and `*`. One value when the path has no wildcard
 * (`nothing` when it leads nowhere), else the list of all that it selects.
 */
export function jsonPath(value: CellValue, path: string): { readonly value: CellValue } | 'unreadable' | 'nothing' {
  const steps = stepsOf(path)
  if (steps === undefined) return 'unreadable'
  let found: CellValue[] = [value]
  for (const step of steps)
    found = found.flatMap((each) => {
      if (step === null) return membersOf(each)
      const member = memberOf(each, step)
      return member === undefined ? [] : [member]
    })
  if (steps.includes(null)) return { value: found }
  const [only] = found
  return only === undefined ? 'nothing' : { value: only }
}
