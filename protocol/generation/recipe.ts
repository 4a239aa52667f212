import { TableRecipe } from '../../schemas/generation.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import type { ModelledColumn, SeedSchema } from '../../schemas/seed-schema.ts'
import { sha256Hex } from '../canonical/hash.ts'
import { canonicalBytes } from '../canonical/jcs.ts'
import { inWords, type Refusal } from '../refusal.ts'
import { isModelled } from './cells.ts'
import { constraintProblems } from './constraints.ts'

interface Place {
  readonly path: string
  readonly message: string
}

/** Number of single-character edits between two words (Levenshtein). */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= b.length; column += 1) {
      const change = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(change, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}

/** The known word that was probably meant, or undefined when none is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((each) => ({ each, distance: editDistance(word.toLowerCase(), each.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.each : undefined
}

const members = Object.keys(TableRecipe.shape)
const nested: Readonly<Record<string, readonly string[]>> = {
  budget: ['oneWay', 'select', 'twoWay'],
  outputs: ['rowsPerPart'],
}

function refusal(places: readonly Place[]): Refusal {
  const [first] = places
  return {
    code: 'recipe-invalid',
    detail: places.length === 1 && first ? `${first.path}: ${first.message}` : `the recipe has ${places.length} faults`,
    hint: 'Correct the named places; tanemaki recipe check lists them all.',
    errors: places,
  }
}

/** Reads a recipe from parsed YAML or JSON. Unknown members are refused, with the name that was probably meant. */
export function parseRecipe(value: unknown): TableRecipe | Refusal {
  const result = TableRecipe.safeParse(value)
  if (result.success) return result.data
  return refusal(
    result.error.issues.flatMap((issue): Place[] => {
      const path = issue.path.map(String)
      if (issue.code !== 'unrecognized_keys')
        return [{ path: path.join('.') || 'recipe', message: inWords(issue.message) }]
      return issue.keys.map((key) => {
        const meant = suggest(key, path.length === 0 ? members : (nested[path.join('.')] ?? []))
        const message =
          meant === undefined ? 'is no member of a recipe' : `is no member of a recipe; did you mean "${meant}"?`
        return { path: [...path, key].join('.'), message }
      })
    }),
  )
}

/** Columns that a recipe generates, in its order. Names that the schema does not have are left out. */
export function recipeColumns(recipe: TableRecipe, schema: SeedSchema): ModelledColumn[] {
  const modelled = schema.columns.filter(isModelled)
  if (recipe.columns === undefined) return modelled
  return recipe.columns.flatMap((name) => modelled.find((column) => column.name === name) ?? [])
}

function columnFaults(recipe: TableRecipe, schema: SeedSchema): Place[] {
  const names = schema.columns.map(({ name }) => name)
  const faults: Place[] = []
  for (const [at, name] of (recipe.columns ?? []).entries()) {
    const column = schema.columns.find((each) => each.name === name)
    const path = `columns.${at}`
    if (column === undefined) {
      const meant = suggest(name, names)
      const message = `the seed set has no column "${name}"`
      faults.push({ path, message: meant === undefined ? message : `${message}; did you mean "${meant}"?` })
    } else if (!isModelled(column)) {
      faults.push({ path, message: `column "${name}" is ${column.type} and is never generated` })
    }
    if (recipe.columns?.indexOf(name) !== at) faults.push({ path, message: `column "${name}" is named twice` })
  }
  const columns = recipeColumns(recipe, schema)
  if (columns.length === 0 && faults.length === 0)
    faults.push({ path: 'columns', message: 'no column of the seed set can be generated' })
  const target = recipe.target
  if (target !== undefined && faults.length === 0 && !columns.some(({ name }) => name === target)) {
    faults.push({ path: 'target', message: `"${target}" is not among the generated columns` })
  }
  return faults
}

/** Refusal when a recipe does not fit its seed schema, or would claim privacy over a domain that was read from data. */
export function checkRecipe(recipe: TableRecipe, schema: SeedSchema): Refusal | undefined {
  const broken = constraintProblems(schema).map(({ path, message }) => ({ path: `seed schema: ${path}`, message }))
  const faults = [...columnFaults(recipe, schema), ...broken]
  if (faults.length > 0) return refusal(faults)
  const unconfirmed = recipeColumns(recipe, schema).filter(
    (column) => 'domain' in column && column.domain.provenance === 'read-from-data',
  )
  if (unconfirmed.length === 0) return undefined
  return {
    code: 'domain-not-public',
    detail: 'some domains were read from the seeds and would leak through the output',
    hint: 'Check these domains against public knowledge and confirm them (tanemaki seeds describe NAME --confirm COLUMN), or leave the columns out.',
    errors: unconfirmed.map(({ name }) => ({
      path: `columns.${name}`,
      message: 'the domain is not confirmed as public',
    })),
  }
}

/** SHA-256 over the canonical form of all that decides the rows: not names, texts, target or layout of files. */
export function recipeFingerprint(recipe: TableRecipe, schema: SeedSchema): Sha256 {
  const columns = recipeColumns(recipe, schema)
  return sha256Hex(
    canonicalBytes({
      kind: recipe.kind,
      seedSet: recipe.seedSet,
      epsilon: recipe.epsilon,
      delta: recipe.delta,
      rows: recipe.rows,
      ...(recipe.budget === undefined ? {} : { budget: recipe.budget }),
      unit: schema.unit,
      rowsPerUnit: schema.rowsPerUnit,
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        nullable: column.nullable,
        ...('domain' in column ? { domain: column.domain } : {}),
      })),
      constraints: schema.constraints,
    }),
  )
}
