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

/** What of a column decides its cells. The members of an answer's schema count in their order, because the prompt has them so. */
function decisive(column: RowColumn): object {
  const schema = column.type === 'llm-structured' ? { schema: JSON.stringify(column.schema) } : {}
  return { ...column, ...schema, description: undefined }
}

/**
 * SHA-256 over the canonical form of all that decides the rows of a recipe: columns, templates, schemas, validators, rubrics, the
 * acceptance rule, models and their parameters, how sources are walked, what the sources hold (`commitments`: by source, its
 * commitment or digest), and the versions of the rules. Not: names of the recipe and of endpoints, descriptions of columns,
 * spending limits, what is only reported, and how rows are cut into files.
 */
export function rowRecipeFingerprint(recipe: RowRecipe, commitments: Readonly<Record<string, string>>): Sha256 {
  const { columns, sources, cross, models, validators, accept, nearDuplicates, outputs, language } = recipe
  const decides = {
    kind: recipe.kind,
    rules: ROW_RULES,
    random: ROW_RANDOM,
    normalisation: TEXT_NORMALISATION,
    embedding: HASHED_EMBEDDING,
    language,
    sources: mapped(sources, ({ order }, name) => ({ order, holds: commitments[name] ?? null })),
    cross: { ...cross, minPerLeft: undefined },
    models: mapped(models, (model) => ({ ...model, endpoint: undefined })),
    validators,
    columns: columns.map(decisive),
    accept,
    nearDuplicates,
    output: outputs.row,
  }
  // Through JSON, in which undefined members are absent ones.
  return sha256Hex(canonicalBytes(JSON.parse(JSON.stringify(decides))))
}

function mapped<Value, Result>(
  record: Readonly<Record<string, Value>>,
  change: (value: Value, name: string) => Result,
): Record<string, Result> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value, name)]))
}
