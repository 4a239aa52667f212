import type { Sha256 } from '../../../schemas/ids.ts'
import type { RowColumn } from '../../../schemas/row-columns.ts'
import type { RowRecipe } from '../../../schemas/row-recipe.ts'
import { sha256Hex } from '../../canonical/hash.ts'
import { canonicalBytes } from '../../canonical/jcs.ts'
import { HASHED_EMBEDDING } from '../../text/embedding.ts'
import { TEXT_NORMALISATION } from '../../text/normalise.ts'
import { ROW_RANDOM } from './counter-random.ts'

/** Version of the templates, prompts' own phrases, samplers and walks: raised when the same recipe would give other rows. */
const ROW_RULES = 1

function decisive({ description: _, ...column }: RowColumn): object {
  return column
}

/**
 * SHA-256 over the canonical form of all that decides the rows of a recipe: columns, templates, schemas, validators, rubrics, the
 * acceptance rule, models and their parameters, how sources are walked, what the sources hold (`commitments`: by source, its
 * commitment or digest), and the versions of the rules. Not: names of the recipe and of endpoints, descriptions of columns,
 * spending limits, what is only reported, and how rows are cut into files.
 */
export function rowRecipeFingerprint(recipe: RowRecipe, commitments: Readonly<Record<string, string>>): Sha256 {
  const { columns, sources, cross, models, validators, accept, nearDuplicates, outputs, language } = recipe
  return sha256Hex(
    canonicalBytes({
      kind: recipe.kind,
      rules: ROW_RULES,
      random: ROW_RANDOM,
      normalisation: TEXT_NORMALISATION,
      embedding: HASHED_EMBEDDING,
      language,
      sources: mapped(sources, ({ order }, name) => ({ order, holds: commitments[name] ?? null })),
      cross: cross === undefined ? null : without(cross, 'minPerLeft'),
      models: mapped(models, (model) => without(model, 'endpoint')),
      validators,
      columns: columns.map(decisive).map(withoutAbsent),
      accept: withoutAbsent(accept),
      nearDuplicates: nearDuplicates ?? null,
      output: withoutAbsent(outputs.row),
    }),
  )
}

function mapped<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, name: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]))
}

/** Members that a parsed recipe holds as undefined are the same as absent ones. */
const withoutAbsent = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))

const without = (value: object, name: string): object =>
  Object.fromEntries(Object.entries(value).filter(([member, held]) => member !== name && held !== undefined))
