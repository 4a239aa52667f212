import type { CellValue } from '../../../../schemas/row-columns.ts'
import { suggest } from '../../recipe.ts'
import { FILTERS, FilterFault } from './filters.ts'
import { type BinaryOperator, type ExpressionNode, type Scope, TEMPLATE_LIMITS, TemplateError } from './syntax.ts'
import { contains, equal, holds, kindOf, memberOf, order, textOf } from './values.ts'

/** Computes a value from a scope; throws TemplateError. */
export type Compute = (scope: Scope) => CellValue
/** As Compute, but undefined where a record lacks what is asked for. */
type Look = (scope: Scope) => CellValue | undefined

interface Context {
  readonly source: string
  /** Names that a loop binds. */
  readonly bound: ReadonlySet<string>
}

/** Turns an expression into a closure once, so that it can be evaluated for many records. */
export function compileExpression(node: ExpressionNode, context: Context): Compute {
  const compile = (each: ExpressionNode): Compute => compileExpression(each, context)
  const fail = (reason: string): never => {
    throw new TemplateError(reason, context.source, node.at)
  }
  switch (node.kind) {
    case 'literal':
      return () => node.value
    case 'list': {
      const items = node.items.map(compile)
      return (scope) => items.map((item) => item(scope))
    }
    case 'name':
    case 'member': {
      const look = compileLook(node, context)
      return (scope) => {
        const value = look(scope)
        return value === undefined ? fail(missing(node, scope)) : value
      }
    }
    case 'unary':
      return unary(node.operator, compile(node.of), fail)
    case 'binary':
      return binary(node.operator, [compile(node.left), compile(node.right)], fail)
    case 'choice': {
      const [when, value, otherwise] = [compile(node.when), compile(node.value), compile(node.otherwise)]
      return (scope) => (holds(when(scope)) ? value(scope) : otherwise(scope))
    }
    case 'filter':
      return filtered(node, [compile(node.of), node.inputs.map((each) => each && compile(each))], fail)
    case 'test':
      break
  }
  const look: Look = node.name === 'defined' ? compileLook(node.of, context) : compile(node.of)
  if (node.name === 'none') return (scope) => (look(scope) === null) !== node.negated
  return (scope) => (look(scope) !== undefined) !== node.negated
}

function compileLook(node: ExpressionNode, context: Context): Look {
  if (node.kind === 'name') {
    const { name } = node
    if (context.bound.has(name)) return ({ turn }) => turn[name]
    return ({ record }) => (Object.hasOwn(record, name) ? record[name] : undefined)
  }
  if (node.kind !== 'member') return compileExpression(node, context)
  const of = compileLook(node.of, context)
  if (node.key.kind === 'literal') {
    const { value: key } = node.key
    return (scope) => memberOf(of(scope) ?? null, key)
  }
  const key = compileExpression(node.key, context)
  return (scope) => memberOf(of(scope) ?? null, key(scope))
}

function missing(node: ExpressionNode, scope: Scope): string {
  if (node.kind === 'name') {
    const meant = suggest(node.name, Object.keys(scope.record))
    return `the row has no "${node.name}"${meant === undefined ? '' : `; did you mean "${meant}"?`}`
  }
  const key = node.kind === 'member' && node.key.kind === 'literal' ? ` "${node.key.value}"` : ''
  return `there is no such member${key}`
}

type Fail = (reason: string) => never

function unary(operator: 'not' | '-' | '+', of: Compute, fail: Fail): Compute {
  if (operator === 'not') return (scope) => !holds(of(scope))
  return (scope) => {
    const value = of(scope)
    if (typeof value !== 'number') return fail(`a sign stands before a number, not before ${kindOf(value)}`)
    return operator === '-' ? -value : value
  }
}

function binary(operator: BinaryOperator, [left, right]: readonly [Compute, Compute], fail: Fail): Compute {
  switch (operator) {
    case 'or':
      return (scope) => {
        const value = left(scope)
        return holds(value) ? value : right(scope)
      }
    case 'and':
      return (scope) => {
        const value = left(scope)
        return holds(value) ? right(scope) : value
      }
    case '==':
      return (scope) => equal(left(scope), right(scope))
    case '!=':
      return (scope) => !equal(left(scope), right(scope))
    case 'in':
    case 'not in':
      return (scope) => {
        const [item, whole] = [left(scope), right(scope)]
        const inside = contains(item, whole)
        if (inside === undefined) return fail(`${kindOf(item)} cannot be looked for in ${kindOf(whole)}`)
        return inside === (operator === 'in')
      }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compareBy(ORDERS[operator], [left, right], fail)
    case '~':
      return (scope) => bounded(textOf(left(scope)) + textOf(right(scope)), fail)
    case '+':
      return (scope) => plus(left(scope), right(scope), fail)
    case '-':
    case '*':
    case '/':
    case '//':
    case '%':
      break
  }
  return arithmetic(CALCULATIONS[operator], [left, right], fail)
}

const ORDERS = {
  '<': (difference: number) => difference < 0,
  '<=': (difference: number) => difference <= 0,
  '>': (difference: number) => difference > 0,
  '>=': (difference: number) => difference >= 0,
}

/** `//` and `%` round down, as in Python. */
const CALCULATIONS = {
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '//': (a: number, b: number) => Math.floor(a / b),
  '%': (a: number, b: number) => a - b * Math.floor(a / b),
}

function compareBy(test: (difference: number) => boolean, sides: readonly [Compute, Compute], fail: Fail): Compute {
  return (scope) => {
    const [a, b] = [sides[0](scope), sides[1](scope)]
    const difference = order(a, b)
    return difference === undefined ? fail(`${kindOf(a)} and ${kindOf(b)} have no order`) : test(difference)
  }
}

function arithmetic(
  calculate: (a: number, b: number) => number,
  sides: readonly [Compute, Compute],
  fail: Fail,
): Compute {
  return (scope) => {
    const [a, b] = [sides[0](scope), sides[1](scope)]
    if (typeof a !== 'number' || typeof b !== 'number')
      return fail(`only numbers can be reckoned with, not ${kindOf(a)} and ${kindOf(b)}`)
    return finite(calculate(a, b), fail)
  }
}

function plus(a: CellValue, b: CellValue, fail: Fail): CellValue {
  if (typeof a === 'number' && typeof b === 'number') return finite(a + b, fail)
  if (typeof a === 'string' && typeof b === 'string') return bounded(a + b, fail)
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b]
  return fail(`${kindOf(a)} and ${kindOf(b)} cannot be added; "~" joins texts`)
}

const finite = (value: number, fail: Fail): number =>
  Number.isFinite(value) ? value : fail('this has no number as its result')

const bounded = (value: string, fail: Fail): string =>
  value.length > TEMPLATE_LIMITS.rendered ? fail(`a text has at most ${TEMPLATE_LIMITS.rendered} characters`) : value

function filtered(
  node: Extract<ExpressionNode, { kind: 'filter' }>,
  [of, inputs]: readonly [Compute, readonly (Compute | undefined)[]],
  fail: Fail,
): Compute {
  const filter = FILTERS.get(node.name)
  if (filter === undefined) return fail(`there is no filter "${node.name}"`)
  return (scope) => {
    const value = of(scope)
    const given = inputs.map((each) => each?.(scope))
    try {
      const result = filter.apply(value, given)
      return typeof result === 'string' ? bounded(result, fail) : result
    } catch (fault) {
      if (fault instanceof FilterFault) return fail(`the filter "${node.name}" ${fault.message}`)
      throw fault
    }
  }
}
