import type { CellValue } from '../../../schemas/row-columns.ts'
import { parseStrictJson, StrictJsonError } from '../../canonical/strict-json.ts'
import { coerceJudgement } from './judge.ts'
import type { PlannedAnswer } from './row-plan.ts'

/**
 * A cell from what a model said, or why there is none: `empty`, `parse` (no JSON in it) or `schema` (JSON that does not keep the schema).
 * `problem` tells the model what to do otherwise; it names members of the schema, and nothing that the model said.
 */
export type AnswerReading =
  | { readonly value: CellValue }
  | { readonly fault: 'empty' | 'parse' | 'schema'; readonly problem: string }

/** What was said without the thoughts that reasoning models write in front of it, and without white space around it. */
function spoken(answer: string): string {
  return answer.replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim()
}

export function readAnswer({ column, schema }: PlannedAnswer, answer: string): AnswerReading {
  const text = spoken(answer)
  if (text === '') return { fault: 'empty', problem: 'it is empty' }
  if (schema === undefined) return { value: text }
  const found = jsonIn(text)
  if (found === undefined) return { fault: 'parse', problem: 'it holds no complete JSON value' }
  const coerced = column.type === 'llm-judge' ? coerceJudgement(found.value, column.scores) : found.value
  const value = schema.answer.prune(coerced)
  const violations = schema.answer.check(value)
  if (violations.length === 0) return { value }
  const said = violations.map(({ path, reason }) => (path === '' ? `the value ${reason}` : `"${path}" ${reason}`))
  return { fault: 'schema', problem: said.join('; ') }
}

/** The JSON value in a text: the whole of it, else the last fenced block that is one, else the first object or list in it. */
export function jsonIn(text: string): { readonly value: CellValue } | undefined {
  const fenced = Array.from(text.matchAll(/```[a-zA-Z]*\s*\n?([\s\S]*?)```/g), ([, block = '']) => block).toReversed()
  for (const candidate of [text, ...fenced, ...bareValues(text)]) {
    const value = parsed(candidate.trim())
    if (value !== undefined) return value
  }
  return undefined
}

function parsed(text: string): { readonly value: CellValue } | undefined {
  if (text === '') return undefined
  try {
    return { value: parseStrictJson(text) as CellValue }
  } catch (fault) {
    if (fault instanceof StrictJsonError) return undefined
    throw fault
  }
}

/** Spans from an opening bracket to the one that closes it, outermost first; at most the first three. */
function bareValues(text: string): string[] {
  const spans: string[] = []
  let at = text.search(/[{[]/)
  while (at >= 0 && spans.length < 3) {
    const end = closingBracket(text, at)
    if (end === undefined) return spans
    spans.push(text.slice(at, end + 1))
    const next = text.slice(end + 1).search(/[{[]/)
    at = next < 0 ? -1 : end + 1 + next
  }
  return spans
}

function closingBracket(text: string, from: number): number | undefined {
  let depth = 0
  let quoted = false
  for (let at = from; at < text.length; at += 1) {
    const sign = text[at]
    if (quoted && sign === '\\') at += 1
    else if (sign === '"') quoted = !quoted
    else if (!quoted && (sign === '{' || sign === '[')) depth += 1
    else if (!quoted && (sign === '}' || sign === ']')) {
      depth -= 1
      if (depth === 0) return at
    }
  }
  return undefined
}
