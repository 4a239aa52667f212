import { describe, expect, it } from 'vitest'
import { readAnyRecipe } from '../../protocol/generation/any-recipe.ts'
import { Refused } from '../../protocol/refusal.ts'
import { boundRecipe } from './bind-recipe.ts'
import { readDocument } from './read-document.ts'
import { shippedRecipe, shippedRecipes } from './shipped-recipes.ts'

const read = (name: string) => readAnyRecipe(readDocument(shippedRecipe(name) ?? ''))

describe('recipes that come with the program', () => {
  it.each(shippedRecipes())('%s can be run as it is', (name) => {
    expect(read(name)).toMatchObject({ kind: 'rows', name })
  })

  it('are those that the documentation names', () => {
    expect(shippedRecipes()).toEqual([
      'instruction',
      'knowledge-text',
      'legal-qa-en',
      'legal-qa-ja',
      'logic',
      'math',
      'persona-to-persona',
      'role-card',
      'text-to-persona',
      'tool',
    ])
    expect(shippedRecipe('nothing')).toBeUndefined()
  })

  it('are bound to seed sets, packs and models without being edited', () => {
    const recipe = read('legal-qa-en')
    if ('code' in recipe) throw new Refused(recipe)
    const options = { source: ['statutes=law', 'people=mine'], model: ['writer=gpu/big/model'], target: 5 }
    expect(boundRecipe(recipe, options)).toMatchObject({
      sources: { statutes: { seedSet: 'law' }, people: { personaPack: 'mine' } },
      models: { writer: { endpoint: 'gpu', model: 'big/model' }, critic: { endpoint: 'local' } },
      accept: { target: 5 },
    })
    expect(() => boundRecipe(recipe, { source: ['statute=law'] })).toThrow('did you mean "statutes"')
    expect(() => boundRecipe(recipe, { model: ['writer=gpu'] })).toThrow('an endpoint and a model')
  })
})
