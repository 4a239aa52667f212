import type { RowRecord } from '../../../../schemas/row-recipe.ts'
import type { CellValue } from '../../../../schemas/row-columns.ts'
import { type Compute, compileExpression } from './compile-expression.ts'
import { ExpressionParser } from './parse-expression.ts'
import { TemplateParser } from './parse-template.ts'
import {
  type ExpressionNode,
  type Scope,
  TEMPLATE_LIMITS,
  TemplateError,
  type TemplateNode,
  type VariableUse,
} from './syntax.ts'
import { tokensUpTo } from './tokens.ts'
import { holds, kindOf, textOf } from './values.ts'
import { usesOf, usesOfAll } from './variable-uses.ts'

/** A text with places to fill, read once and rendered for many rows. */
export interface Template {
  readonly source: string
  readonly uses: readonly VariableUse[]
  /** Throws TemplateError: a member is missing, a filter does not fit the value, a limit is passed. */
  readonly render: (record: RowRecord) => string
}

/** A condition or computed value, read once and evaluated for many rows. */
export interface Expression {
  readonly source: string
  readonly uses: readonly VariableUse[]
  /** The one column that the expression is, without anything computed. */
  readonly column?: string
  /** True when its value is a text whatever the record holds. */
  readonly isText: boolean
  /** Throws TemplateError. */
  readonly evaluate: (record: RowRecord) => CellValue
}

/** Collects rendered text up to the limit. */
interface Sink {
  text: string
  readonly add: (piece: string) => void
}

type Write = (scope: Scope, sink: Sink) => void

const NONE: ReadonlySet<string> = new Set()

function caught<Result>(read: () => Result): Result | TemplateError {
  try {
    return read()
  } catch (fault) {
    if (fault instanceof TemplateError) return fault
    throw fault
  }
}

/**
 * Reads a template: the safe part of Jinja. Outputs, `if`, `for` over a list (not inside one another), comments, `-` that trims
 * white space; what is undefined is an error. No calls, assignments, imports or macros, and only own members of plain
 * values are reached. Limits: TEMPLATE_LIMITS.
 */
export function parseTemplate(source: string): Template | TemplateError {
  return caught(() => {
    if (source.length > TEMPLATE_LIMITS.source)
      throw new TemplateError(`a template has at most ${TEMPLATE_LIMITS.source} characters`, source, 0)
    const nodes = new TemplateParser(source).whole()
    const write = compileAll(nodes, source, NONE)
    const render = (record: RowRecord): string => {
      const sink: Sink = {
        text: '',
        add(piece) {
          this.text += piece
          if (this.text.length > TEMPLATE_LIMITS.rendered)
            throw new TemplateError(`more than ${TEMPLATE_LIMITS.rendered} characters are rendered`, source, 0)
        },
      }
      write({ record, turn: {} }, sink)
      return sink.text
    }
    return { source, uses: usesOfAll(nodes, NONE), render }
  })
}

/** Reads an expression; it may stand in `{{ }}` as it would in a template. */
export function parseExpression(source: string): Expression | TemplateError {
  return caught(() => {
    const opened = /^\s*\{\{-?/.exec(source)?.[0]
    const { tokens, next } = tokensUpTo(opened === undefined ? '' : '}}', source, opened?.length ?? 0)
    if (source.slice(next).trim() !== '') throw new TemplateError('one expression is expected', source, next)
    const budget = { left: TEMPLATE_LIMITS.nodes }
    const node = new ExpressionParser(tokens, source, { budget, depth: 0 }).whole()
    const compute = compileExpression(node, { source, bound: NONE })
    return {
      source,
      uses: usesOf(node, NONE),
      ...(node.kind === 'name' ? { column: node.name } : {}),
      isText: isText(node),
      evaluate: (record) => compute({ record, turn: {} }),
    }
  })
}

/** Whether an expression holds for a record; throws TemplateError. */
export const holdsFor = (expression: Expression, record: RowRecord): boolean => holds(expression.evaluate(record))

const TEXT_FILTERS = new Set(['capitalize', 'escape', 'forceescape', 'lower', 'string', 'title', 'trim', 'upper'])

function isText(node: ExpressionNode): boolean {
  if (node.kind === 'literal') return typeof node.value === 'string'
  if (node.kind === 'choice') return isText(node.value) && isText(node.otherwise)
  if (node.kind === 'filter') return TEXT_FILTERS.has(node.name)
  return node.kind === 'binary' && node.operator === '~'
}

function compileAll(nodes: readonly TemplateNode[], source: string, bound: ReadonlySet<string>): Write {
  const writes = nodes.map((node) => compileNode(node, source, bound))
  const [first] = writes
  if (first !== undefined && writes.length === 1) return first
  return (scope, sink) => {
    for (const write of writes) write(scope, sink)
  }
}

function compileNode(node: TemplateNode, source: string, bound: ReadonlySet<string>): Write {
  switch (node.kind) {
    case 'text':
      return (_, sink) => sink.add(node.text)
    case 'output': {
      const value = compileExpression(node.of, { source, bound })
      return (scope, sink) => sink.add(textOf(value(scope)))
    }
    case 'if': {
      const branches = node.branches.map(({ when, body }) => ({
        when: compileExpression(when, { source, bound }),
        body: compileAll(body, source, bound),
      }))
      const otherwise = compileAll(node.otherwise, source, bound)
      return (scope, sink) => (branches.find(({ when }) => holds(when(scope)))?.body ?? otherwise)(scope, sink)
    }
    case 'for':
      break
  }
  const of = compileExpression(node.of, { source, bound })
  const body = compileAll(node.body, source, new Set([...node.names, 'loop']))
  return loop(node, { source, of, body })
}

function loop(
  { names, of: { at } }: Extract<TemplateNode, { kind: 'for' }>,
  { source, of, body }: { readonly source: string; readonly of: Compute; readonly body: Write },
): Write {
  const [first = '', second] = names
  return ({ record }, sink) => {
    const items = of({ record, turn: {} })
    if (!Array.isArray(items)) throw new TemplateError(`a loop goes over a list, not ${kindOf(items)}`, source, at)
    const { length } = items
    if (length > TEMPLATE_LIMITS.turns)
      throw new TemplateError(`a loop has at most ${TEMPLATE_LIMITS.turns} turns`, source, at)
    for (const [index0, item] of items.entries()) {
      const pair = Array.isArray(item) ? item : []
      if (second !== undefined && pair.length !== 2)
        throw new TemplateError('a loop with two names goes over a list of pairs', source, at)
      const named = second === undefined ? { [first]: item } : { [first]: pair[0] ?? null, [second]: pair[1] ?? null }
      const place = { index: index0 + 1, index0, first: index0 === 0, last: index0 === length - 1, length }
      body({ record, turn: { ...named, loop: place } }, sink)
    }
  }
}
