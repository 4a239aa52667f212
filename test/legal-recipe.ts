import type { RowRecipeInput } from '../schemas/row-recipe.ts'

/** Questions and answers on articles of a statute, asked as different people would. */
export const legalRecipe: RowRecipeInput = {
  kind: 'rows',
  name: 'legal-qa',
  sources: { statutes: { seedSet: 'statutes' }, people: { personaPack: 'people' } },
  cross: { left: 'statutes', right: 'people', mode: 'latin', cap: 3 },
  models: { writer: { endpoint: 'local', model: 'small' }, critic: { endpoint: 'local', model: 'large' } },
  validators: {
    copied: { kind: 'overlap', with: 'article.text' },
    short: { kind: 'length', max: 200 },
  },
  columns: [
    { type: 'seed', name: 'article', source: 'statutes', drop: true },
    { type: 'persona', name: 'persona', source: 'people', drop: true },
    { type: 'sampler', name: 'tone', sampler: { kind: 'category', values: ['plain', 'formal'], weights: [3, 1] } },
    {
      type: 'llm-judge',
      name: 'judge',
      model: 'critic',
      prompt: '{{ answer }}',
      scores: [
        {
          name: 'grounded',
          description: 'Follows from the article.',
          options: [
            { score: 0, means: 'no' },
            { score: 1, means: 'yes' },
          ],
        },
      ],
    },
    {
      type: 'llm-text',
      name: 'question',
      model: 'writer',
      prompt: '{{ article.text }} {{ persona.persona }} {{ tone }}',
    },
    {
      type: 'llm-text',
      name: 'answer',
      model: 'writer',
      prompt: '{{ article.text }} {{ question }}',
      skip: { when: 'question == ""' },
    },
    { type: 'validation', name: 'checks', targets: ['answer'], validators: ['copied', 'short'] },
    { type: 'expression', name: 'label', expr: '{{ tone | upper }}' },
  ],
  accept: { when: 'checks.valid and judge.grounded.score == 1', target: 100, maxCandidates: 1000 },
  outputs: {
    row: {
      format: 'messages',
      messages: [
        { role: 'user', content: '{{ question }}' },
        { role: 'assistant', content: '{{ answer }}' },
      ],
    },
  },
}
