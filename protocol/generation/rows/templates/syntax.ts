import type { CellValue } from '../../../../schemas/row-columns.ts'

/** Limits of one template: characters of the source and of what is rendered, nodes, nesting of brackets and blocks, turns of loops. */
export const TEMPLATE_LIMITS = { source: 100_000, rendered: 512_000, nodes: 600, depth: 10, turns: 10_000 } as const

/**
 * What is wrong with a template or expression, and where (line and column from 1). The message names members and filters of the
 * template, never a value of a record.
 */
export class TemplateError extends Error {
  readonly reason: string
  readonly line: number
  readonly column: number
  constructor(reason: string, source: string, offset: number) {
    const before = source.slice(0, offset).split('\n')
    const line = before.length
    const column = Array.from(before.at(-1) ?? '').length + 1
    super(line === 1 ? `character ${column}: ${reason}` : `line ${line}, character ${column}: ${reason}`)
    this.name = 'TemplateError'
    this.reason = reason
    this.line = line
    this.column = column
  }
}

export type BinaryOperator =
  | 'or'
  | 'and'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'not in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '~'

/** Expression; `at` is the offset in the source. */
export type ExpressionNode =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly at: number }
  | { readonly kind: 'list'; readonly items: readonly ExpressionNode[]; readonly at: number }
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'member'; readonly of: ExpressionNode; readonly key: ExpressionNode; readonly at: number }
  | {
      readonly kind: 'unary'
      readonly operator: 'not' | '-' | '+'
      readonly of: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'binary'
      readonly operator: BinaryOperator
      readonly left: ExpressionNode
      readonly right: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'choice'
      readonly when: ExpressionNode
      readonly value: ExpressionNode
      readonly otherwise: ExpressionNode
      readonly at: number
    }
  | {
      readonly kind: 'filter'
      readonly name: string
      readonly of: ExpressionNode
      /** By position of the filter's parameters; undefined where left out. */
      readonly inputs: readonly (ExpressionNode | undefined)[]
      readonly at: number
    }
  | {
      readonly kind: 'test'
      readonly name: 'defined' | 'none'
      readonly negated: boolean
      readonly of: ExpressionNode
      readonly at: number
    }

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'output'; readonly of: ExpressionNode }
  | {
      readonly kind: 'if'
      readonly branches: readonly { readonly when: ExpressionNode; readonly body: readonly TemplateNode[] }[]
      readonly otherwise: readonly TemplateNode[]
    }
  | {
      readonly kind: 'for'
      readonly names: readonly string[]
      readonly of: ExpressionNode
      readonly body: readonly TemplateNode[]
    }

/** A column, or a member of one, that a template reads: `article.text` is name `article`, path `['text']`. */
export interface VariableUse {
  readonly name: string
  /** Members that are known without a record; ends where one is computed. */
  readonly path: readonly string[]
  /** Offset in the source. */
  readonly at: number
}

/** What a computation sees: the record, and inside a loop its turn. */
export interface Scope {
  readonly record: Readonly<Record<string, CellValue>>
  turn: Readonly<Record<string, CellValue>>
}
