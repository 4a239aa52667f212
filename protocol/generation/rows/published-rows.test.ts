import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { legalRecipe } from '../../../test/legal-recipe.ts'
import { compileRecipe } from './compile.ts'
import { columnGraph, graphSvg, graphText } from './explain.ts'
import { rowRecipeFingerprint } from './fingerprint.ts'
import { expressionCell, isAccepted, recordCell, skippedCell } from './local-cells.ts'
import { readRowRecipe } from './read-recipe.ts'
import { rowRecipeJsonSchema } from './recipe-json-schema.ts'
import { outputColumns, renderOutput } from './render-output.ts'
import type { PlannedColumn, RowPlan } from './row-plan.ts'

const small = { kind: 'rows', name: 'small', accept: { target: 1, maxCandidates: 1 } }

function planOf(input: object): RowPlan {
  const recipe = readRowRecipe(input)
  const plan = 'code' in recipe ? recipe : compileRecipe(recipe)
  if ('code' in plan) throw new Error(JSON.stringify(plan.errors))
  return plan
}

function columnOf(plan: RowPlan, name: string): PlannedColumn {
  const found = plan.columns.find((column) => column.name === name)
  if (found === undefined) throw new Error(`there is no column ${name}`)
  return found
}

describe('cells that need no model', () => {
  const plan = planOf({
    ...small,
    sources: { seeds: { seedSet: 'seeds' } },
    columns: [
      { type: 'seed', name: 'record', source: 'seeds' },
      { type: 'seed', name: 'title', source: 'seeds', column: 'title' },
      { type: 'expression', name: 'half', expr: '{{ record.n / 2 }}', dtype: 'integer' },
      { type: 'expression', name: 'note', expr: '{{ title }}!', skip: { when: 'record.n > 5', value: 'none' } },
      { type: 'expression', name: 'after', expr: '{{ note }}' },
      { type: 'expression', name: 'anyway', expr: '{{ note }}', propagateSkip: false },
    ],
  })
  const expression = (name: string, row: object): unknown => {
    const column = columnOf(plan, name)
    return column.kind === 'expression' ? expressionCell(column, row as Record<string, never>) : undefined
  }

  it('are members of records, or null where a record lacks one', () => {
    const cell = (name: string, record: Record<string, string>): unknown => {
      const column = columnOf(plan, name)
      return column.kind === 'record' ? recordCell(column, record) : undefined
    }
    expect(cell('record', { title: 'a' })).toEqual({ title: 'a' })
    expect(cell('title', { title: 'a' })).toBe('a')
    expect(cell('title', { other: 'a' })).toBeNull()
  })

  it('are texts of expressions in their declared type, or a fault', () => {
    expect(expression('half', { record: { n: 7 } })).toBe(3)
    expect(() => expression('half', { record: { n: 'x' } })).toThrow('only numbers can be reckoned with')
  })

  it('are skipped by their condition, and after a skipped one unless they take it', () => {
    const skip = (name: string, n: number, skipped: string[] = []): unknown =>
      skippedCell(columnOf(plan, name), { record: { n } }, new Set(skipped))
    expect(skip('note', 6)).toEqual({ value: 'none' })
    expect(skip('note', 5)).toBeUndefined()
    expect(skip('after', 6, ['note'])).toEqual({ value: null })
    expect(skip('anyway', 6, ['note'])).toBeUndefined()
    expect(skip('record', 6, ['note'])).toBeUndefined()
  })
})

describe('the acceptance of a row', () => {
  const without = planOf({ ...legalRecipe, accept: { target: 1, maxCandidates: 1 } })
  const grounded = (score: number) => ({ grounded: { reasoning: '', score } })

  it('follows the condition of the recipe', () => {
    const plan = planOf(legalRecipe)
    expect(isAccepted(plan, { checks: { valid: true }, judge: grounded(1) })).toBe(true)
    expect(isAccepted(plan, { checks: { valid: true }, judge: grounded(0) })).toBe(false)
    expect(isAccepted(plan, { checks: { valid: false }, judge: grounded(1) })).toBe(false)
  })

  it('without one asks every validation that was not skipped to be valid', () => {
    expect(isAccepted(without, { checks: { valid: true } })).toBe(true)
    expect(isAccepted(without, { checks: { valid: false } })).toBe(false)
    expect(isAccepted(without, { checks: null })).toBe(true)
  })
})

describe('a published row', () => {
  const columns = [
    { type: 'sampler', name: 'n', sampler: { kind: 'category', values: [1, 2] } },
    { type: 'sampler', name: 'day', sampler: { kind: 'datetime', start: '2024-01-01', end: '2025-01-01' } },
    {
      type: 'sampler',
      name: 'size',
      sampler: { kind: 'integer', low: 1, high: 2 },
      conditional: [{ when: 'n == 1', sampler: { kind: 'uniform', low: 0, high: 1 } }],
    },
    { type: 'sampler', name: 'mixed', sampler: { kind: 'category', values: ['a', 1, null] } },
    { type: 'expression', name: 'label', expr: '{{ n }} of {{ size }}', description: 'What it is.' },
    { type: 'expression', name: 'secret', expr: 'x', drop: true },
  ]

  it('is the kept columns as a table, each in its own type', () => {
    const plan = planOf({ ...small, columns })
    expect(outputColumns(plan)).toEqual([
      { name: 'n', type: 'int64', nullable: false },
      { name: 'day', type: 'date', nullable: false },
      { name: 'size', type: 'double', nullable: false },
      { name: 'mixed', type: 'string', nullable: true },
      { name: 'label', type: 'string', nullable: true, description: 'What it is.' },
    ])
    const row = { n: 1, day: '2024-02-29', size: 0.5, mixed: 1, label: '1 of 0.5', secret: 'x' }
    expect(renderOutput(plan, row)).toEqual({ n: 1, day: '2024-02-29', size: 0.5, mixed: '1', label: '1 of 0.5' })
    expect(Object.keys(renderOutput(plan, row))).toEqual(['n', 'day', 'size', 'mixed', 'label'])
  })

  it('is a conversation, an instruction, a prompt or a preference', () => {
    const of = (row: object): unknown => {
      const plan = planOf({ ...small, columns, outputs: { row } })
      const published = renderOutput(plan, { n: 1, label: 'one "x"' })
      expect(Object.keys(published)).toEqual(outputColumns(plan).map(({ name }) => name))
      return published
    }
    const messages = [
      { role: 'user', content: '{{ n }}?' },
      { role: 'assistant', content: '{{ label }}' },
    ]
    expect(of({ format: 'messages', messages })).toEqual({
      messages: '[{"role":"user","content":"1?"},{"role":"assistant","content":"one \\"x\\""}]',
    })
    expect(of({ format: 'alpaca', instruction: 'i {{ n }}', output: 'o' })).toEqual({
      instruction: 'i 1',
      input: '',
      output: 'o',
    })
    expect(of({ format: 'prompt-completion', prompt: 'p', completion: '{{ label }}' })).toEqual({
      prompt: 'p',
      completion: 'one "x"',
    })
    expect(of({ format: 'preference', prompt: 'p', chosen: 'a', rejected: 'b' })).toEqual({
      prompt: 'p',
      chosen: 'a',
      rejected: 'b',
    })
  })
})

describe('the fingerprint of a recipe', () => {
  const held = { statutes: 'a'.repeat(64), people: 'b'.repeat(64) }
  const of = (changes: object, commitments: Record<string, string> = held): string =>
    rowRecipeFingerprint(planOf({ ...legalRecipe, ...changes }).recipe, commitments)
  const models = (change: object): object => ({
    models: { ...legalRecipe.models, writer: { endpoint: 'local', model: 'small', ...change } },
  })

  it.each([
    ['its name', { name: 'other' }],
    ['its description', { description: 'other' }],
    ['a description of a column', { columns: legalRecipe.columns.map((column) => ({ ...column, description: 'x' })) }],
    ['a spending limit', { limit: { tokens: 5 } }],
    ['how rows are cut into files', { outputs: { ...legalRecipe.outputs, rowsPerPart: 7 } }],
    ['where a model is', models({ endpoint: 'elsewhere' })],
    ['a default that is written out', models({ temperature: 0.7 })],
    ['what is only reported', { cross: { ...legalRecipe.cross, minPerLeft: 1 } }],
  ])('does not change with %s', (_, changes) => {
    expect(of(changes)).toBe(of({}))
  })

  it.each([
    [
      'a template',
      { columns: legalRecipe.columns.map((column) => (column.name === 'label' ? { ...column, expr: 'x' } : column)) },
    ],
    ['the order of columns', { columns: legalRecipe.columns.toReversed() }],
    ['a parameter of a model', models({ temperature: 0.6 })],
    ['the name of a model', models({ model: 'other' })],
    ['the acceptance', { accept: { ...legalRecipe.accept, target: 99 } }],
    ['a validator', { validators: { ...legalRecipe.validators, short: { kind: 'length', max: 199 } } }],
    ['the language', { language: 'ja' }],
    [
      'the walk of a source',
      { sources: { ...legalRecipe.sources, people: { personaPack: 'people', order: 'shuffled' } } },
    ],
  ])('changes with %s', (_, changes) => {
    expect(of(changes)).not.toBe(of({}))
  })

  it('changes with what a source holds, but not with what it is called', () => {
    expect(of({}, { ...held, people: 'c'.repeat(64) })).not.toBe(of({}))
    expect(of({ sources: { ...legalRecipe.sources, people: { personaPack: 'renamed' } } })).toBe(of({}))
  })
})

describe('a recipe explained', () => {
  const graph = columnGraph(planOf(legalRecipe))

  it('has an arrow from everything that is needed, and none backwards', () => {
    const arrows = graph.edges.map(
      ({ from, to }) => `${graph.nodes[from]?.name ?? ''} > ${graph.nodes[to]?.name ?? ''}`,
    )
    expect(arrows).toContain('statutes > article')
    expect(arrows).toContain('question > answer')
    expect(arrows).toContain('judge > accept')
    for (const { from, to } of graph.edges) expect(graph.nodes[from]?.layer).toBeLessThan(graph.nodes[to]?.layer ?? 0)
  })

  it('is a text and a picture', () => {
    expect(graphText(graph)).toMatchInlineSnapshot(`
      "0  [statutes]  source
      0  [people]    source
      1  [article]   seed, not published  <- statutes
      1  [persona]   persona, not published  <- people
      1  [tone]      sampler category
      2  [question]  llm-text by writer  <- article, persona, tone
      3  [answer]    llm-text by writer  <- article, question
      4  [judge]     llm-judge by critic  <- answer
      4  [checks]    validation copied, short  <- answer, article
      2  [label]     expression string  <- tone
      5  [accept]    100 of at most 1000  <- checks, judge"
    `)
    const svg = graphSvg(graph)
    expect(svg.match(/<rect /g)).toHaveLength(graph.nodes.length)
    expect(svg.match(/marker-end/g)).toHaveLength(graph.edges.length)
  })
})

describe('the JSON Schema of recipes', () => {
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(rowRecipeJsonSchema())

  it('accepts a recipe as it is written', () => {
    expect(validate(legalRecipe)).toBe(true)
  })

  it.each([
    ['a member that is not known', { ...legalRecipe, colums: [] }],
    [
      'such a member of a column',
      { ...legalRecipe, columns: [{ type: 'expression', name: 'a', expr: 'x', drp: true }] },
    ],
    ['a column type that is not known', { ...legalRecipe, columns: [{ type: 'expr', name: 'a' }] }],
    ['no columns', { ...legalRecipe, columns: [] }],
  ])('refuses %s', (_, recipe) => {
    expect(validate(recipe)).toBe(false)
  })
})
