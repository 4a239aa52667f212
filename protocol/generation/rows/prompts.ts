import type { RowRecord } from '../../../schemas/row-recipe.ts'
import type { PlannedAnswer } from './row-plan.ts'
import { TemplateError } from './templates/syntax.ts'
import type { Template } from './templates/template.ts'

export interface PromptMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** What is said to a model beside the recipe's own texts. Part of every prompt, so a change here changes results. */
interface Phrases {
  readonly judge: string
  readonly schema: string
  readonly correct: (problem: string) => string
}

const ENGLISH: Phrases = {
  judge: 'You are a strict judge. For each score, first give the reasoning, then the score that follows from it.',
  schema: 'Answer with one JSON value that keeps this JSON Schema, and with nothing else:',
  correct: (problem) =>
    `That answer cannot be used: ${problem}. Answer again in full, with one JSON value that keeps the JSON Schema, and with nothing else.`,
}
const JAPANESE: Phrases = {
  judge: 'あなたは厳格な評価者です。各項目について、まず理由を述べ、それから理由に基づく評点を付けてください。',
  schema: '次のJSON Schemaに従うJSONの値を一つだけ答えてください。それ以外は何も書かないでください。',
  correct: (problem) =>
    `その回答は使えません（${problem}）。JSON Schemaに従うJSONの値を一つだけ、もう一度最初から答えてください。それ以外は何も書かないでください。`,
}

const phrasesOf = (language: string): Phrases => (/^ja(-|$)/i.test(language) ? JAPANESE : ENGLISH)

function rendered(template: Template, row: RowRecord, name: string): string {
  const text = template.render(row).trim()
  if (text === '') throw new TemplateError(`the ${name} is empty`, template.source, 0)
  return text
}

/**
 * The conversation that asks for a cell. What is the same for many cells comes first, because model servers cache prefixes: the
 * recipe's system text, the rules of the task, the schema (all in the system message), then the prompt. The schema stands in
 * the prompt also where an endpoint keeps it natively, so that one recipe asks every endpoint the same.
 * `language`: of the recipe. Throws TemplateError, also when a text is empty.
 */
export function promptMessages(
  { column, system, prompt, schema }: PlannedAnswer,
  row: RowRecord,
  language: string,
): PromptMessage[] {
  const phrases = phrasesOf(language)
  const parts = [
    ...(system === undefined ? [] : [rendered(system, row, 'system text')]),
    ...(column.type === 'llm-judge' ? [phrases.judge] : []),
    ...(schema === undefined ? [] : [`${phrases.schema}\n${JSON.stringify(schema.json)}`]),
  ]
  const user: PromptMessage = { role: 'user', content: rendered(prompt, row, 'prompt') }
  return parts.length === 0 ? [user] : [{ role: 'system', content: parts.join('\n\n') }, user]
}

/** The conversation that goes on after an answer that cannot be used; `problem` is what readAnswer says of it. */
export function correctionMessages(
  messages: readonly PromptMessage[],
  { answer, problem }: { readonly answer: string; readonly problem: string },
  language: string,
): PromptMessage[] {
  return [
    ...messages,
    { role: 'assistant', content: answer },
    { role: 'user', content: phrasesOf(language).correct(problem) },
  ]
}
