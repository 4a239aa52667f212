import { RowRecipe, type RowRecipeInput } from '../schemas/row-recipe.ts'
import { SeedSchema } from '../schemas/seed-schema.ts'

/** Facts of a statute that does not exist. */
export const statuteCsv = [
  'article,passage,question',
  ...Array.from({ length: 12 }, (_, at) => {
    const days = 11 + 7 * at
    return `Article ${at + 1},A mast of kind ${at + 1} must be notified within ${days} days.,When must mast ${at + 1} be notified?`
  }),
].join('\n')

export const statuteSchema = SeedSchema.parse({
  subject: 'organisation',
  columns: [
    { name: 'article', type: 'text' },
    { name: 'passage', type: 'text' },
    { name: 'question', type: 'text' },
  ],
})

export const personaCsv = [
  'persona,region',
  'a harbour pilot,north',
  'a lighthouse keeper,south',
  'a boat builder,west',
].join('\n')

/** Two answers of a model per row, a check, and rows as chat messages. */
export function questionRecipe(over: Partial<RowRecipeInput> = {}): RowRecipe {
  return RowRecipe.parse({
    kind: 'rows',
    name: 'questions',
    sources: { statutes: { seedSet: 'statutes' } },
    models: { writer: { endpoint: 'local', model: 'small', temperature: { uniform: [0.2, 0.9] }, maxTokens: 200 } },
    validators: { short: { kind: 'length', max: 400 } },
    columns: [
      { name: 'seed', type: 'seed', source: 'statutes', drop: true },
      { name: 'tone', type: 'sampler', sampler: { kind: 'category', values: ['plain', 'formal', 'terse'] } },
      { name: 'question', type: 'llm-text', model: 'writer', prompt: 'Ask about: {{ seed.passage }} Tone: {{ tone }}' },
      { name: 'answer', type: 'llm-text', model: 'writer', prompt: '{{ seed.passage }} Answer: {{ question }}' },
      { name: 'checked', type: 'validation', targets: ['question', 'answer'], validators: ['short'], drop: true },
    ],
    accept: { target: 20, maxCandidates: 60 },
    ...over,
  } satisfies RowRecipeInput)
}
