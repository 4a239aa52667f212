import type { CellValue } from '../../../schemas/row-columns.ts'
import { annotations, assertions, type Check, type Schema, SchemaFault } from './schema-assertions.ts'

/** Where a value does not keep its schema; names members that the schema knows, never a value. */
export interface SchemaViolation {
  /** As `items.0.name`; empty for the whole value. */
  readonly path: string
  readonly reason: string
}

/** JSON Schema that answers of models are checked against, read once. */
export interface AnswerSchema {
  /** The first violations, at most five; none when the value keeps the schema. */
  readonly check: (value: CellValue) => readonly SchemaViolation[]
  /** The value without members that an object schema with `properties` does not list, unless it allows additional ones by name. */
  readonly prune: (value: CellValue) => CellValue
}

const MOST_VIOLATIONS = 5
const DEEPEST = 64

/**
 * Reads a JSON Schema (draft 2020-12). Known: the type, const and enum keywords, the bounds of numbers, texts, lists and objects,
 * pattern, properties, required, additionalProperties, propertyNames, items, prefixItems, anyOf, oneOf, allOf, not, `$ref` inside the
 * schema, and annotations (of which `format` is one). Any other keyword is a fault, because a check that is not understood would be
 * a check that is not made. A validator of our own, because pruning and texts without values are what is needed of it, and
 * because libraries compile schemas to code.
 */
export function readAnswerSchema(schema: Readonly<Record<string, unknown>>): AnswerSchema | SchemaFault {
  try {
    const check = new SchemaReader(schema).read(schema, '')
    return {
      check(value) {
        const found: SchemaViolation[] = []
        check(value, { path: [], found, depth: 0 })
        return found.slice(0, MOST_VIOLATIONS)
      },
      prune: (value) => prune(value, schema, { root: schema, depth: 0 }),
    }
  } catch (fault) {
    if (fault instanceof SchemaFault) return fault
    throw fault
  }
}

/** Reads a schema and its parts into checks; references are read once, however often they are used. */
class SchemaReader {
  readonly #root: Schema
  readonly #references = new Map<string, Check>()

  constructor(root: Schema) {
    this.#root = root
  }

  read(schema: unknown, at: string): Check {
    if (typeof schema === 'boolean')
      return (_, place) => {
        if (!schema) place.found.push({ path: place.path.join('.'), reason: 'is not allowed' })
      }
    if (!isSchema(schema)) throw new SchemaFault(at, 'must be a schema: an object, true or false')
    const checks = Object.entries(schema).flatMap(([keyword, value]): Check[] => {
      const place = at === '' ? keyword : `${at}.${keyword}`
      if (keyword === '$ref') return [this.#reference(value, place)]
      if (keyword === '$defs') return []
      if (annotations.has(keyword)) return []
      const assertion = assertions.get(keyword)
      if (assertion === undefined) throw new SchemaFault(place, 'is no keyword that is understood')
      return [assertion(value, { schema, at: place, read: (part, where) => this.read(part, where) })]
    })
    return (value, place) => {
      if (place.depth > DEEPEST) place.found.push({ path: place.path.join('.'), reason: 'is nested too deeply' })
      else for (const check of checks) check(value, { ...place, depth: place.depth + 1 })
    }
  }

  #reference(pointer: unknown, at: string): Check {
    if (typeof pointer !== 'string' || !pointer.startsWith('#'))
      throw new SchemaFault(at, 'must point into the schema itself, as #/$defs/name')
    const known = this.#references.get(pointer)
    const check: Check = (value, place) => this.#references.get(pointer)?.(value, place)
    if (known !== undefined) return known
    const target = resolve(pointer, this.#root)
    if (target === undefined) throw new SchemaFault(at, 'points to nothing')
    // Held before it is read: the schema may contain itself.
    this.#references.set(pointer, check)
    this.#references.set(pointer, this.read(target, pointer))
    return check
  }
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function resolve(pointer: string, root: Schema): Schema | boolean | undefined {
  let target: unknown = root
  for (const step of pointer.slice(1).split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name)) return undefined
    target = (target as Record<string, unknown>)[name]
  }
  return typeof target === 'boolean' || isSchema(target) ? target : undefined
}

interface PruneContext {
  readonly root: Schema
  readonly depth: number
}

function prune(value: CellValue, schema: unknown, { root, depth }: PruneContext): CellValue {
  if (!isSchema(schema) || depth > DEEPEST || typeof value !== 'object' || value === null) return value
  const inner = { root, depth: depth + 1 }
  if (typeof schema['$ref'] === 'string') return prune(value, resolve(schema['$ref'], root), inner)
  const branches = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(branches)) return pruneByBranch(value, branches, inner)
  if (Array.isArray(value)) {
    const first = Array.isArray(schema['prefixItems']) ? schema['prefixItems'] : []
    return value.map((item, at) => prune(item, first[at] ?? schema['items'], inner))
  }
  const { properties, additionalProperties } = schema
  if (!isSchema(properties) || 'allOf' in schema) return value
  const keepsMore = additionalProperties === true || isSchema(additionalProperties)
  const kept = Object.entries(value).filter(([name]) => keepsMore || Object.hasOwn(properties, name))
  return Object.fromEntries(
    kept.map(([name, member]) => [
      name,
      prune(member, Object.hasOwn(properties, name) ? properties[name] : additionalProperties, inner),
    ]),
  )
}

/** Pruned by the first branch that it then keeps; as it is when it keeps none. */
function pruneByBranch(value: CellValue, branches: readonly unknown[], context: PruneContext): CellValue {
  for (const branch of branches) {
    const pruned = prune(value, branch, context)
    const reader = new SchemaReader(context.root)
    const found: SchemaViolation[] = []
    reader.read(branch, '')(pruned, { path: [], found, depth: context.depth })
    if (found.length === 0) return pruned
  }
  return value
}
