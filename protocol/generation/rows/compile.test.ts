import { describe, expect, it } from 'vitest'
import { legalRecipe } from '../../../test/legal-recipe.ts'
import { compileRecipe } from './compile.ts'
import type { SourceColumns } from './known-members.ts'
import { readRowRecipe } from './read-recipe.ts'

function compile(changes: object, sources: SourceColumns = {}) {
  const recipe = readRowRecipe({ ...legalRecipe, ...changes })
  return 'code' in recipe ? recipe : compileRecipe(recipe, sources)
}

function faultsOf(changes: object, sources: SourceColumns = {}): string[] {
  const plan = compile(changes, sources)
  return 'code' in plan ? (plan.errors ?? []).map(({ path, message }) => `${path}: ${message}`) : []
}

const column = (name: string, changes: object): object => ({
  columns: legalRecipe.columns.map((each) => (each.name === name ? { ...each, ...changes } : each)),
})

describe('a plan of a recipe', () => {
  it('makes every column after what it needs, otherwise in the order of the recipe', () => {
    const plan = compile({})
    if ('code' in plan) throw new Error(JSON.stringify(plan.errors))
    expect(plan.columns.map(({ name, needs, stage }) => ({ name, needs, stage }))).toEqual([
      { name: 'article', needs: [], stage: 0 },
      { name: 'persona', needs: [], stage: 0 },
      { name: 'tone', needs: [], stage: 0 },
      { name: 'question', needs: ['article', 'persona', 'tone'], stage: 1 },
      { name: 'answer', needs: ['article', 'question'], stage: 2 },
      { name: 'judge', needs: ['answer'], stage: 3 },
      { name: 'checks', needs: ['answer', 'article'], stage: 3 },
      { name: 'label', needs: ['tone'], stage: 1 },
    ])
    expect(plan.stages).toEqual([
      ['article', 'persona', 'tone'],
      ['question', 'label'],
      ['answer'],
      ['judge', 'checks'],
    ])
    expect(plan.kept).toEqual(['tone', 'judge', 'question', 'answer', 'checks', 'label'])
    expect([...plan.output.keys()]).toEqual(['messages.0.content', 'messages.1.content'])
  })
})

describe('a recipe with a fault', () => {
  it.each([
    ['a member that is not known', { colums: [] }, 'colums: is no member that is known here; did you mean "columns"?'],
    [
      'such a member of a column',
      column('tone', { dropp: true }),
      'columns.2.dropp: is no member that is known here; did you mean "drop"?',
    ],
    [
      'such a member of a sampler',
      column('tone', { sampler: { kind: 'category', values: ['a'], wieghts: [1] } }),
      'columns.2.sampler.wieghts: is no member that is known here; did you mean "weights"?',
    ],
    [
      'such a member of a source',
      { sources: { ...legalRecipe.sources, people: { personaPack: 'people', ordr: 'ordered' } } },
      'sources.people.ordr: is no member that is known here; did you mean "order"?',
    ],
    [
      'such a member of an output',
      { outputs: { row: { format: 'alpaca', instruction: 'a', ouput: 'b', output: 'c' } } },
      'outputs.row.ouput: is no member that is known here; did you mean "output"?',
    ],
    [
      'a column type that is not known',
      column('tone', { type: 'smpler' }),
      'columns.2.type: must be one of sampler, seed, persona, llm-text, llm-structured, llm-judge, expression, validation, embedding',
    ],
    [
      'a template over a column that is not there',
      column('question', { prompt: 'a\n {{ artcle.text }}' }),
      'columns.4.prompt: line 2, character 5: there is no column "artcle"; did you mean "article"?',
    ],
    [
      'a template that cannot be read',
      column('question', { prompt: '{{ tone' }),
      'columns.4.prompt: character 8: "}}" is missing',
    ],
    [
      'a score that the judge does not give',
      { accept: { ...legalRecipe.accept, when: 'judge.groundd.score > 1' } },
      'accept.when: character 1: "judge" has no member "groundd"; did you mean "grounded"?',
    ],
    [
      'a member of a plain text',
      column('label', { expr: '{{ tone.name }}' }),
      'columns.7.expr: character 4: "tone" has no member "name"',
    ],
    [
      'columns in a circle',
      column('question', { prompt: '{{ answer }}' }),
      'columns.5: columns need each other in a circle: answer needs question needs answer',
    ],
    ['a column that needs itself', column('label', { expr: '{{ label }}' }), 'columns.7: column "label" needs itself'],
    [
      'a model that is not there',
      column('question', { model: 'wirter' }),
      'columns.4.model: there is no model "wirter"; did you mean "writer"?',
    ],
    [
      'a source that is not there',
      column('article', { source: 'statute' }),
      'columns.0.source: there is no source "statute"; did you mean "statutes"?',
    ],
    [
      'a source that no column reads',
      { sources: { ...legalRecipe.sources, more: { seedSet: 'more' } } },
      'sources.more: is read by no column',
    ],
    [
      'a persona pack as a seed',
      column('article', { source: 'people' }),
      'columns.0.source: "people" is a persona pack; its columns have the type persona',
    ],
    [
      'a validator that is not there',
      column('checks', { validators: ['shrot'] }),
      'columns.6.validators.0: there is no validator "shrot"; did you mean "short"?',
    ],
    [
      'too few weights',
      column('tone', { sampler: { kind: 'category', values: ['a', 'b'], weights: [1] } }),
      'columns.2.sampler.weights: must be 2, one for each value, not 1',
    ],
    [
      'weights that are all zero',
      column('tone', { sampler: { kind: 'category', values: ['a'], weights: [0] } }),
      'columns.2.sampler.weights: must not all be 0',
    ],
    [
      'a condition of a sampler over what is no sampler',
      column('tone', { conditional: [{ when: 'answer == "a"', sampler: { kind: 'uuid' } }] }),
      'columns.2.conditional.0.when: "answer" is no sampler, and samplers are drawn first',
    ],
    [
      'a text as acceptance',
      { accept: { ...legalRecipe.accept, when: '"the judge agrees"' } },
      'accept.when: is a text, which always holds; compare it with something',
    ],
    [
      'an answer as acceptance',
      { accept: { ...legalRecipe.accept, when: 'answer' } },
      'accept.when: is a text, which always holds; compare it with something',
    ],
    [
      'a record as acceptance',
      { accept: { ...legalRecipe.accept, when: 'checks' } },
      'accept.when: "checks" is a record, which always holds; name a member of it',
    ],
    [
      'prose as acceptance',
      { accept: { ...legalRecipe.accept, when: 'the judge agrees' } },
      'accept.when: character 5: this does not belong to the expression',
    ],
    [
      'fewer candidates than rows',
      { accept: { target: 5, maxCandidates: 4 } },
      'accept.maxCandidates: must not be less than target',
    ],
    [
      'a latin crossing without cap',
      { cross: { left: 'statutes', right: 'people', mode: 'latin' } },
      'cross.cap: is missing for the mode latin',
    ],
    [
      'a source crossed with itself',
      { cross: { left: 'people', right: 'people', mode: 'full' } },
      'cross.right: must be another source than the left one',
    ],
    [
      'a dropped column that is published',
      { outputs: { row: { format: 'prompt-completion', prompt: '{{ article.text }}', completion: 'x' } } },
      'outputs.row.prompt: "article" is dropped, so it is not published; keep it to publish it',
    ],
    [
      'a skip that names no column',
      column('answer', { skip: { when: '1 == 1' } }),
      'columns.5.skip.when: names no column, so that it skips always or never',
    ],
    [
      'a validator over a column that is not there',
      { validators: { ...legalRecipe.validators, copied: { kind: 'overlap', with: 'articel.text' } } },
      'validators.copied.with: there is no column "articel"; did you mean "article"?',
    ],
    [
      'a pattern that is none',
      { validators: { ...legalRecipe.validators, bad: { kind: 'regex', pattern: '(' } } },
      'validators.bad.pattern: must be a regular expression',
    ],
    [
      'a kind of personal data that is not known',
      { validators: { ...legalRecipe.validators, pii: { kind: 'pii', allow: ['e-mail'] } } },
      'validators.pii.allow.0: there is no kind of personal data "e-mail"; did you mean "email"?',
    ],
    [
      'a column named as a word of templates',
      column('label', { name: 'not' }),
      'columns.7.name: "not" means something else in templates',
    ],
    [
      'a column named as what no template reaches',
      column('label', { name: '__proto__' }),
      'columns.7.name: "__proto__" means something else in templates',
    ],
    ['two columns of one name', column('label', { name: 'tone' }), 'columns.7.name: there are two columns "tone"'],
    [
      'a temperature from a range upside down',
      { models: { ...legalRecipe.models, writer: { endpoint: 'a', model: 'b', temperature: { uniform: [1, 0] } } } },
      'models.writer.temperature.uniform: must name the lower bound first',
    ],
    [
      'a temperature that is too high',
      { models: { ...legalRecipe.models, writer: { endpoint: 'a', model: 'b', temperature: 7 } } },
      'models.writer.temperature: must be at most 2',
    ],
  ])('%s is refused with its place', (_, changes, fault) => {
    expect(faultsOf(changes)).toContain(fault)
  })

  it('is told about members that no record of a source has, when the columns of the source are known', () => {
    const known = { statutes: ['title', 'text'], people: ['persona'] }
    expect(faultsOf({}, known)).toEqual([])
    expect(faultsOf(column('question', { prompt: '{{ article.txt }}' }), known)).toEqual([
      'columns.4.prompt: character 4: "article" has no member "txt"; did you mean "text"?',
    ])
    expect(faultsOf(column('persona', { field: 'prsona' }), known)).toContain(
      'columns.1.field: there is no column of the source "people" "prsona"; did you mean "persona"?',
    )
  })

  it('has every fault listed at once', () => {
    const plan = compile({ ...column('label', { expr: '{{ ton }}' }), accept: { target: 5, maxCandidates: 4 } })
    expect(plan).toMatchObject({ code: 'recipe-invalid', detail: 'the recipe has 2 faults' })
  })
})
