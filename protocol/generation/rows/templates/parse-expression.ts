import { suggest } from '../../recipe.ts'
import { FILTERS } from './filters.ts'
import { type BinaryOperator, type ExpressionNode, TEMPLATE_LIMITS, TemplateError } from './syntax.ts'
import type { Token } from './tokens.ts'
import { isReachable } from './values.ts'

/** Nodes that a template still may have, shared by all its expressions. */
export interface NodeBudget {
  left: number
}

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>='])
const CONSTANTS: Readonly<Record<string, boolean | null>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  null: null,
}
const RESERVED = new Set(['and', 'or', 'not', 'in', 'is', 'if', 'else'])

/** Recursive descent over the grammar of Jinja expressions, without calls, comprehensions and assignments. */
export class ExpressionParser {
  readonly #tokens: readonly Token[]
  readonly #source: string
  readonly #budget: NodeBudget
  #at = 0
  #depth: number

  constructor(
    tokens: readonly Token[],
    source: string,
    nesting: { readonly budget: NodeBudget; readonly depth: number },
  ) {
    this.#tokens = tokens
    this.#source = source
    this.#budget = nesting.budget
    this.#depth = nesting.depth
  }

  /** The whole expression; throws TemplateError, also for anything behind it. */
  whole(): ExpressionNode {
    const node = this.expression()
    this.end()
    return node
  }

  end(): void {
    const token = this.#token()
    if (token.kind !== 'end') this.#fail('this does not belong to the expression', token)
  }

  /** Name that is no reserved word, as of a loop variable. */
  name(): string {
    const token = this.#token()
    if (token.kind !== 'name' || RESERVED.has(token.text) || Object.hasOwn(CONSTANTS, token.text))
      return this.#fail('a name is missing here', token)
    if (!isReachable(token.text)) return this.#fail(`"${token.text}" cannot be reached`, token)
    this.#at += 1
    return token.text
  }

  word(word: string): boolean {
    const token = this.#token()
    if (token.kind !== 'name' || token.text !== word) return false
    this.#at += 1
    return true
  }

  sign(sign: string): boolean {
    const token = this.#token()
    if (token.kind !== 'sign' || token.text !== sign) return false
    this.#at += 1
    return true
  }

  expression(): ExpressionNode {
    const { at } = this.#token()
    const value = this.#chain(['or'], () => this.#chain(['and'], () => this.#negation()))
    if (!this.word('if')) return value
    const when = this.#chain(['or'], () => this.#chain(['and'], () => this.#negation()))
    if (!this.word('else')) this.#fail('"else" is missing', this.#token())
    return this.#node({ kind: 'choice', when, value, otherwise: this.#nested(() => this.expression()), at })
  }

  #chain(operators: readonly BinaryOperator[], operand: () => ExpressionNode): ExpressionNode {
    let left = operand()
    for (;;) {
      const { at } = this.#token()
      const operator = operators.find((each) => (/[a-z]/.test(each) ? this.word(each) : this.sign(each)))
      if (operator === undefined) return left
      left = this.#node({ kind: 'binary', operator, left, right: operand(), at })
    }
  }

  #negation(): ExpressionNode {
    const { at } = this.#token()
    if (!this.word('not')) return this.#comparison()
    return this.#node({ kind: 'unary', operator: 'not', of: this.#nested(() => this.#negation()), at })
  }

  #comparison(): ExpressionNode {
    const left = this.#sum()
    const operator = this.#comparator()
    if (operator === undefined) return left
    const node = this.#node({ kind: 'binary', operator: operator.operator, left, right: this.#sum(), at: operator.at })
    const next = this.#token()
    if (this.#comparator() !== undefined) this.#fail('comparisons are joined by "and", as in a < b and b < c', next)
    return node
  }

  #comparator(): { readonly operator: BinaryOperator; readonly at: number } | undefined {
    const token = this.#token()
    if (token.kind === 'sign' && COMPARISONS.has(token.text)) {
      this.#at += 1
      return { operator: token.text as BinaryOperator, at: token.at }
    }
    if (this.word('in')) return { operator: 'in', at: token.at }
    if (!this.word('not')) return undefined
    if (!this.word('in')) this.#fail('"not" stands before what it denies, or in "not in"', token)
    return { operator: 'not in', at: token.at }
  }

  #sum(): ExpressionNode {
    return this.#chain(['+', '-'], () =>
      this.#chain(['~'], () => this.#chain(['*', '//', '/', '%'], () => this.#filtered(this.#signed()))),
    )
  }

  #signed(): ExpressionNode {
    const { at } = this.#token()
    const operator = this.sign('-') ? '-' : this.sign('+') ? '+' : undefined
    if (operator === undefined) return this.#member()
    return this.#node({ kind: 'unary', operator, of: this.#nested(() => this.#signed()), at })
  }

  /** As in Jinja, filters and tests bind weaker than a sign: -1 | abs is 1. */
  #filtered(of: ExpressionNode): ExpressionNode {
    let node = of
    for (;;) {
      if (this.sign('|')) node = this.#filter(node)
      else if (this.word('is')) node = this.#test(node)
      else return node
    }
  }

  #member(): ExpressionNode {
    let node = this.#primary()
    for (;;) {
      const { at } = this.#token()
      if (this.sign('.')) node = this.#node({ kind: 'member', of: node, key: this.#memberName(), at })
      else if (this.sign('[')) {
        const key = this.#nested(() => this.expression())
        if (key.kind === 'literal' && typeof key.value === 'string') this.#reachable(key.value, key.at)
        this.#close(']')
        node = this.#node({ kind: 'member', of: node, key, at })
      } else return node
    }
  }

  #memberName(): ExpressionNode {
    const token = this.#token()
    if (token.kind === 'number' && Number.isInteger(token.value)) {
      this.#at += 1
      return this.#node({ kind: 'literal', value: token.value, at: token.at })
    }
    if (token.kind !== 'name') return this.#fail('the name of a member is missing here', token)
    this.#at += 1
    this.#reachable(token.text, token.at)
    return this.#node({ kind: 'literal', value: token.text, at: token.at })
  }

  #reachable(name: string, at: number): void {
    if (!isReachable(name)) throw new TemplateError(`"${name}" cannot be reached`, this.#source, at)
  }

  #filter(of: ExpressionNode): ExpressionNode {
    const token = this.#token()
    const name = token.kind === 'name' ? token.text : ''
    const filter = FILTERS.get(name)
    if (filter === undefined) {
      const meant = suggest(name, [...FILTERS.keys()])
      const message = `there is no filter "${name}"`
      return this.#fail(meant === undefined ? message : `${message}; did you mean "${meant}"?`, token)
    }
    this.#at += 1
    const inputs: (ExpressionNode | undefined)[] = filter.parameters.map(() => undefined)
    if (this.sign('('))
      this.#listed(')', (position) => {
        const at = this.#token()
        const named = this.#parameterName()
        const place = named === undefined ? position : filter.parameters.indexOf(named)
        if (place < 0 || place >= inputs.length) this.#fail(`the filter "${name}" has no such parameter`, at)
        inputs[place] = this.expression()
      })
    const missing = inputs.slice(0, filter.required).indexOf(undefined)
    if (missing >= 0) this.#fail(`the filter "${name}" needs "${filter.parameters[missing] ?? ''}"`, token)
    return this.#node({ kind: 'filter', name, of, inputs, at: token.at })
  }

  #parameterName(): string | undefined {
    const token = this.#token()
    const next = this.#tokens[this.#at + 1]
    if (token.kind !== 'name' || next?.kind !== 'sign' || next.text !== '=') return undefined
    this.#at += 2
    return token.text
  }

  #test(of: ExpressionNode): ExpressionNode {
    const { at } = this.#token()
    const negated = this.word('not')
    const token = this.#token()
    const name = this.word('defined') ? 'defined' : this.word('none') || this.word('None') ? 'none' : undefined
    if (name === undefined) return this.#fail('only "is defined" and "is none" are known', token)
    if (name === 'defined' && of.kind !== 'name' && of.kind !== 'member')
      return this.#fail('only a column or a member of one is defined or not', token)
    return this.#node({ kind: 'test', name, negated, of, at })
  }

  #primary(): ExpressionNode {
    const token = this.#token()
    if (token.kind === 'string' || token.kind === 'number') {
      this.#at += 1
      return this.#node({ kind: 'literal', value: token.kind === 'string' ? token.text : token.value, at: token.at })
    }
    if (this.sign('(')) {
      const node = this.#nested(() => this.expression())
      this.#close(')')
      return node
    }
    if (this.sign('[')) {
      const items: ExpressionNode[] = []
      this.#listed(']', () => items.push(this.expression()))
      return this.#node({ kind: 'list', items, at: token.at })
    }
    if (token.kind === 'name' && Object.hasOwn(CONSTANTS, token.text)) {
      this.#at += 1
      return this.#node({ kind: 'literal', value: CONSTANTS[token.text] ?? null, at: token.at })
    }
    if (token.kind !== 'name') return this.#fail('a value is missing here', token)
    const node = this.#node({ kind: 'name', name: this.name(), at: token.at })
    if (this.sign('(')) this.#fail('functions cannot be called; filters are written value | filter', token)
    return node
  }

  #listed(closer: ')' | ']', each: (position: number) => void): void {
    this.#nested(() => {
      for (let position = 0; !this.sign(closer); position += 1) {
        if (position > 0 && !this.sign(',')) this.#fail('"," is missing', this.#token())
        if (position > 0 && this.sign(closer)) return
        each(position)
      }
    })
  }

  #close(sign: ')' | ']'): void {
    if (!this.sign(sign)) this.#fail(`"${sign}" is missing`, this.#token())
  }

  #nested<Result>(parse: () => Result): Result {
    this.#depth += 1
    if (this.#depth > TEMPLATE_LIMITS.depth)
      this.#fail(`brackets and blocks nest more than ${TEMPLATE_LIMITS.depth} deep`, this.#token())
    const result = parse()
    this.#depth -= 1
    return result
  }

  #node(node: ExpressionNode): ExpressionNode {
    this.#budget.left -= 1
    if (this.#budget.left < 0)
      throw new TemplateError(`a template has at most ${TEMPLATE_LIMITS.nodes} parts`, this.#source, node.at)
    return node
  }

  #token(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', at: this.#source.length }
  }

  #fail(reason: string, token: Token): never {
    throw new TemplateError(reason, this.#source, token.at)
  }
}
