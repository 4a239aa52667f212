import type { AskedColumn, RowColumn, Skip } from '../../../schemas/row-columns.ts'
import { checkSamplerColumn } from './check-samplers.ts'
import { judgeSchema } from './judge.ts'
import { planSchema, referencesOf } from './plan-validators.ts'
import { namesOf, type RecipeNames } from './recipe-names.ts'
import type { PlannedColumn, PlannedValidator } from './row-plan.ts'
import type { Expression } from './templates/template.ts'

type ColumnOf<Type extends RowColumn['type']> = Extract<RowColumn, { type: Type }>
/** A column before its place in the order is known. */
export type Unordered = PlannedColumn extends infer Each
  ? Each extends PlannedColumn
    ? Omit<Each, 'stage'>
    : never
  : never

interface Place {
  readonly names: RecipeNames
  readonly validators: ReadonlyMap<string, PlannedValidator>
  readonly at: number
}

/** Reads a column; undefined when its own texts cannot be read. Faults are collected in `names`. */
export function planColumn(column: RowColumn, place: Place): Unordered | undefined {
  switch (column.type) {
    case 'sampler':
      return planSampler(column, place)
    case 'seed':
    case 'persona':
      return planRecord(column, place)
    case 'llm-text':
    case 'llm-structured':
    case 'llm-judge':
      return planAnswer(column, place)
    case 'expression':
      return planExpression(column, place)
    case 'validation':
      return planValidation(column, place)
    case 'embedding':
      break
  }
  return planEmbedding(column, place)
}

function planSampler(column: ColumnOf<'sampler'>, { names, at }: Place): Unordered | undefined {
  checkSamplerColumn(names, column, at)
  const quiet = (column.conditional ?? []).map(({ when, sampler }) => ({ when: silent(names, when), sampler }))
  const parents = [column.sampler, ...quiet.map(({ sampler }) => sampler)].flatMap((sampler) =>
    sampler.kind === 'subcategory' ? [sampler.parent] : sampler.kind === 'timedelta' ? [sampler.reference] : [],
  )
  const conditional = quiet.flatMap(({ when, sampler }) => (when === undefined ? [] : [{ when, sampler }]))
  const needs = [...new Set([...parents, ...namesOf(conditional.map(({ when }) => when))])]
  return { kind: 'sampler', name: column.name, column, needs, conditional }
}

/** Reads an expression whose faults have been told already. */
function silent(names: RecipeNames, source: string): Expression | undefined {
  const before = names.faults.length
  const expression = names.expression(source, '')
  names.faults.length = before
  return expression
}

function planRecord(column: ColumnOf<'seed' | 'persona'>, { names, at }: Place): Unordered {
  const { sources } = names.recipe
  const path = `columns.${at}.source`
  const source = sources[column.source]
  if (names.known('source', column.source, { path, names: Object.keys(sources) }) && source !== undefined) {
    if (column.type === 'seed' && 'personaPack' in source)
      names.fault(path, `"${column.source}" is a persona pack; its columns have the type persona`)
    if (column.type === 'persona' && 'seedSet' in source)
      names.fault(path, `"${column.source}" is a seed set; its columns have the type seed`)
  }
  const member = column.type === 'seed' ? column.column : column.field
  return {
    kind: 'record',
    name: column.name,
    column,
    needs: [],
    source: column.source,
    ...(member === undefined ? {} : { member }),
  }
}

/** The condition of a skip, which has to depend on the row. */
function planSkip(skip: Skip | undefined, { names, at }: Place): { readonly skipWhen?: Expression } {
  if (skip === undefined) return {}
  const path = `columns.${at}.skip.when`
  const skipWhen = names.condition(skip.when, path)
  if (skipWhen?.uses.length === 0) names.fault(path, 'names no column, so that it skips always or never')
  return skipWhen === undefined ? {} : { skipWhen }
}

function planAnswer(column: AskedColumn, place: Place): Unordered | undefined {
  const { names, at } = place
  const path = `columns.${at}`
  names.known('model', column.model, { path: `${path}.model`, names: Object.keys(names.recipe.models) })
  const system = column.system === undefined ? undefined : names.template(column.system, `${path}.system`)
  const prompt = names.template(column.prompt, `${path}.prompt`)
  const skip = planSkip(column.skip, place)
  if (column.type === 'llm-judge') checkScores(names, column, path)
  const json =
    column.type === 'llm-structured'
      ? column.schema
      : column.type === 'llm-judge'
        ? judgeSchema(column.scores)
        : undefined
  const answer = json && planSchema(names, json, `${path}.schema`)
  if (prompt === undefined) return undefined
  return {
    kind: 'answer',
    name: column.name,
    column,
    needs: namesOf([system, prompt, skip.skipWhen]),
    prompt,
    ...(system && { system }),
    ...(json && answer && { schema: { json, answer } }),
    ...skip,
  }
}

function checkScores(names: RecipeNames, column: ColumnOf<'llm-judge'>, path: string): void {
  for (const [index, { name, options }] of column.scores.entries()) {
    if (column.scores.findIndex((each) => each.name === name) !== index)
      names.fault(`${path}.scores.${index}.name`, `there are two scores "${name}"`)
    const written = options.map(({ score }) => String(score).trim().toLowerCase())
    if (new Set(written).size !== written.length) names.fault(`${path}.scores.${index}.options`, 'has one score twice')
  }
}

function planExpression(column: ColumnOf<'expression'>, place: Place): Unordered | undefined {
  const template = place.names.template(column.expr, `columns.${place.at}.expr`)
  const skip = planSkip(column.skip, place)
  if (template === undefined) return undefined
  return { kind: 'expression', name: column.name, column, needs: namesOf([template, skip.skipWhen]), template, ...skip }
}

function planValidation(column: ColumnOf<'validation'>, place: Place): Unordered {
  const { names, at, validators } = place
  for (const [index, target] of column.targets.entries()) names.column(target, `columns.${at}.targets.${index}`)
  const used = column.validators.flatMap((name, index) => {
    const path = `columns.${at}.validators.${index}`
    names.known('validator', name, { path, names: Object.keys(names.recipe.validators) })
    return validators.get(name) ?? []
  })
  const compared = used.flatMap(({ validator }) => referencesOf(validator).map(([, text]) => text.split('.')[0] ?? ''))
  const skip = planSkip(column.skip, place)
  const needs = [...new Set([...column.targets, ...compared, ...namesOf([skip.skipWhen])])]
  return { kind: 'validation', name: column.name, column, needs, validators: used, ...skip }
}

function planEmbedding(column: ColumnOf<'embedding'>, place: Place): Unordered {
  const { names, at } = place
  names.column(column.target, `columns.${at}.target`)
  if (column.model !== undefined)
    names.known('model', column.model, { path: `columns.${at}.model`, names: Object.keys(names.recipe.models) })
  const skip = planSkip(column.skip, place)
  const needs = [...new Set([column.target, ...namesOf([skip.skipWhen])])]
  return { kind: 'embedding', name: column.name, column, needs, ...skip }
}
