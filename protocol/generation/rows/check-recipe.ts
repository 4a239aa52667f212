import type { RowOutput } from '../../../schemas/row-recipe.ts'
import { checkWeights } from './check-samplers.ts'
import type { RecipeNames } from './recipe-names.ts'
import type { Expression, Template } from './templates/template.ts'
import { isReachable } from './templates/values.ts'

const TEMPLATE_WORDS = new Set('and or not in is if else loop true True false False none None null'.split(' '))

/** Columns have names of their own that templates can use. */
export function checkNames(names: RecipeNames): void {
  const { columns } = names.recipe
  for (const [at, { name }] of columns.entries()) {
    const path = `columns.${at}.name`
    if (columns.findIndex((each) => each.name === name) !== at) names.fault(path, `there are two columns "${name}"`)
    if (TEMPLATE_WORDS.has(name) || !isReachable(name)) names.fault(path, `"${name}" means something else in templates`)
  }
}

/** Sources are read, and the two that are crossed are sources. */
export function checkSources(names: RecipeNames): void {
  const { sources, cross, columns } = names.recipe
  const read = new Set(columns.flatMap((column) => ('source' in column ? [column.source] : [])))
  for (const name of Object.keys(sources)) if (!read.has(name)) names.fault(`sources.${name}`, 'is read by no column')
  if (cross === undefined) return
  for (const side of ['left', 'right'] as const)
    names.known('source', cross[side], { path: `cross.${side}`, names: Object.keys(sources) })
  if (cross.left === cross.right) names.fault('cross.right', 'must be another source than the left one')
  if (cross.mode === 'full' && cross.cap !== undefined) names.fault('cross.cap', 'does not belong to the mode full')
  if (cross.mode !== 'full' && cross.cap === undefined)
    names.fault('cross.cap', `is missing for the mode ${cross.mode}`)
  if (cross.minPerLeft !== undefined && cross.cap !== undefined && cross.minPerLeft > cross.cap)
    names.fault('cross.minPerLeft', 'must not be more than cap')
}

/** Parameters of models that are distributions can be drawn from. */
export function checkModels(names: RecipeNames): void {
  for (const [name, model] of Object.entries(names.recipe.models))
    for (const parameter of ['temperature', 'topP'] as const) {
      const value = model[parameter]
      const path = `models.${name}.${parameter}`
      if (typeof value === 'number') continue
      if ('uniform' in value && value.uniform[0] > value.uniform[1])
        names.fault(`${path}.uniform`, 'must name the lower bound first')
      if ('choose' in value)
        checkWeights(value.weights, value.choose.length, (member, message) => names.fault(`${path}.${member}`, message))
    }
}

/** The acceptance rule can be met; gives its condition. */
export function checkAccept(names: RecipeNames): Expression | undefined {
  const { accept, nearDuplicates } = names.recipe
  if (accept.maxCandidates < accept.target) names.fault('accept.maxCandidates', 'must not be less than target')
  for (const [at, column] of (nearDuplicates?.columns ?? []).entries())
    names.column(column, `nearDuplicates.columns.${at}`)
  return accept.when === undefined ? undefined : names.condition(accept.when, 'accept.when')
}

function templatesOf(row: RowOutput): [string, string][] {
  if (row.format === 'table') return []
  if (row.format === 'messages') return row.messages.map(({ content }, at) => [`messages.${at}.content`, content])
  const { format: _, ...templates } = row
  return Object.entries(templates).flatMap(([member, text]) => (text === undefined ? [] : [[member, text]]))
}

/** Templates of what is published; they read kept columns only, because what is dropped is not published. */
export function checkOutput(names: RecipeNames): Map<string, Template> {
  const planned = new Map<string, Template>()
  for (const [member, source] of templatesOf(names.recipe.outputs.row)) {
    const path = `outputs.row.${member}`
    const template = names.template(source, path)
    if (template === undefined) continue
    for (const name of new Set(template.uses.map((use) => use.name)))
      if (names.columns.get(name)?.drop === true)
        names.fault(path, `"${name}" is dropped, so it is not published; keep it to publish it`)
    planned.set(member, template)
  }
  const { columns, outputs } = names.recipe
  if (outputs.row.format === 'table' && columns.every(({ drop }) => drop))
    names.fault('columns', 'are all dropped, so that nothing is published')
  return planned
}
