import type { Command } from 'commander'
import { withSuggestion } from '../../protocol/generation/rows/read-recipe.ts'
import { refuse } from '../../protocol/refusal.ts'
import type { Recipe } from '../../schemas/recipe.ts'
import type { RecipeModel, RecordSource, RowRecipe } from '../../schemas/row-recipe.ts'
import { positiveWhole } from './number-argument.ts'

export interface BindingOptions {
  readonly source?: string[]
  readonly model?: string[]
  readonly target?: number
  readonly maxCandidates?: number
}

/** Options that fit a recipe of rows to this node without editing it. */
export function addBindingOptions(command: Command): Command {
  return command
    .option('--source <name=set...>', 'recipe of rows: read this seed set, persona pack or copy as the source')
    .option('--model <name=endpoint/model...>', 'recipe of rows: ask this model of this endpoint')
    .option('--target <rows>', 'recipe of rows: rows to make', positiveWhole)
    .option('--max-candidates <number>', 'recipe of rows: candidates tried at most', positiveWhole)
}

/** The recipe with the sources, models and numbers of the options. Refused `invalid-request` for names that it has not. */
export function boundRecipe(recipe: Recipe, options: BindingOptions): Recipe {
  const { source = [], model = [], target, maxCandidates } = options
  if (recipe.kind !== 'rows') {
    if (source.length + model.length === 0 && target === undefined && maxCandidates === undefined) return recipe
    return refuse('invalid-request', 'a table is not bound by options', 'Write its seed set into the recipe.')
  }
  const accept = { ...recipe.accept }
  if (target !== undefined) accept.target = target
  if (maxCandidates !== undefined) accept.maxCandidates = maxCandidates
  return { ...recipe, accept, sources: boundSources(recipe, source), models: boundModels(recipe, model) }
}

function boundSources({ sources }: RowRecipe, bindings: readonly string[]): RowRecipe['sources'] {
  const bound = { ...sources }
  for (const [name, value] of pairs(bindings, 'source')) {
    const source = bound[name] ?? unknown('source', name, Object.keys(sources))
    bound[name] = sourceOf(source, value)
  }
  return bound
}

/** Of the same kind as the recipe has. */
function sourceOf(source: RecordSource, value: string): RecordSource {
  if ('seedSet' in source) return { ...source, seedSet: value }
  return 'personaPack' in source ? { ...source, personaPack: value } : { ...source, copy: value }
}

function boundModels({ models }: RowRecipe, bindings: readonly string[]): RowRecipe['models'] {
  const bound = { ...models }
  for (const [name, value] of pairs(bindings, 'model')) {
    const slash = value.indexOf('/')
    if (slash <= 0 || slash === value.length - 1) {
      refuse('invalid-request', `--model ${name}: an endpoint and a model are expected`, 'Write writer=endpoint/model.')
    }
    const model: RecipeModel = bound[name] ?? unknown('model', name, Object.keys(models))
    bound[name] = { ...model, endpoint: value.slice(0, slash), model: value.slice(slash + 1) }
  }
  return bound
}

function* pairs(bindings: readonly string[], what: string): Generator<readonly [string, string]> {
  for (const binding of bindings) {
    const at = binding.indexOf('=')
    if (at <= 0) refuse('invalid-request', `--${what}: a name and a value are expected`, `Write --${what} name=value.`)
    yield [binding.slice(0, at), binding.slice(at + 1)]
  }
}

function unknown(what: string, name: string, known: readonly string[]): never {
  return refuse(
    'invalid-request',
    withSuggestion(`the recipe has no ${what} "${name}"`, name, known),
    'See it with: tanemaki recipe explain RECIPE',
  )
}
