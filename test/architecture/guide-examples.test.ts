import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'
import { planRun } from '../../protocol/generation/table-synthesis.ts'
import { parseRecipe } from '../../protocol/generation/recipe.ts'
import { SeedSchema } from '../../schemas/seed-schema.ts'

const guide = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')
const firstYaml = (text: string): unknown => parse(/```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? '')

describe('examples in the guides', () => {
  it('are a valid schema and a recipe that fits it', () => {
    const schema = SeedSchema.parse(firstYaml(guide('seeds.md')))
    const recipe = parseRecipe(firstYaml(guide('recipes.md')))
    if ('code' in recipe) throw new Error(recipe.detail)
    expect(planRun(recipe, schema)).toMatchObject({ columns: ['age', 'town', 'smoker', 'ill'] })
  })
})
