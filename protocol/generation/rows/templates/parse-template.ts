import { ExpressionParser, type NodeBudget } from './parse-expression.ts'
import { TEMPLATE_LIMITS, TemplateError, type TemplateNode } from './syntax.ts'
import { tokensUpTo } from './tokens.ts'

type Body = TemplateNode[]

/** An open block, the branch of it that is being filled, and where it began. */
interface OpenBlock {
  readonly word: 'if' | 'for'
  readonly node: TemplateNode
  body: Body
  closed: boolean
  readonly at: number
}

/** Reads text, `{{ … }}`, `{% if %}`, `{% for %}` and `{# … #}`. Throws TemplateError. */
export class TemplateParser {
  readonly #source: string
  readonly #budget: NodeBudget = { left: TEMPLATE_LIMITS.nodes }
  readonly #root: Body = []
  readonly #open: OpenBlock[] = []
  #trim = false

  constructor(source: string) {
    this.#source = source
  }

  whole(): readonly TemplateNode[] {
    // As in Jinja, the line break that ends a file is no part of the text.
    const end = this.#source.endsWith('\n') ? this.#source.length - 1 : this.#source.length
    for (let at = 0; at < end;) at = this.#step(at, end)
    const open = this.#open.at(-1)
    if (open !== undefined) this.#fail(`"{% end${open.word} %}" is missing`, open.at)
    return this.#root
  }

  #step(at: number, end: number): number {
    const found = /\{[{%#]/g
    found.lastIndex = at
    const next = found.exec(this.#source)
    const start = Math.min(next?.index ?? end, end)
    const dash = this.#source[start + 2] === '-'
    this.#text(this.#source.slice(at, start), dash)
    if (next === null || start === end) return end
    const from = start + (dash ? 3 : 2)
    if (next[0] === '{#') return this.#comment(start)
    const closer = next[0] === '{{' ? '}}' : '%}'
    const { tokens, next: behind, trims } = tokensUpTo(closer, this.#source, from)
    this.#trim = trims
    const parser = new ExpressionParser(tokens, this.#source, { budget: this.#budget, depth: this.#open.length })
    if (closer === '%}') this.#block(parser, start)
    else this.#add({ kind: 'output', of: parser.whole() })
    return behind
  }

  #text(text: string, trimEnd: boolean): void {
    const left = this.#trim ? text.trimStart() : text
    const trimmed = trimEnd ? left.trimEnd() : left
    this.#trim = false
    if (trimmed !== '') this.#add({ kind: 'text', text: trimmed })
  }

  #comment(start: number): number {
    const end = this.#source.indexOf('#}', start + 2)
    if (end < 0) this.#fail('"#}" is missing', start)
    this.#trim = this.#source[end - 1] === '-'
    return end + 2
  }

  #block(parser: ExpressionParser, at: number): void {
    if (parser.word('if')) this.#if(parser, at)
    else if (parser.word('for')) this.#for(parser, at)
    else if (parser.word('elif')) this.#branch(parser, at)
    else if (parser.word('else')) this.#else(parser, at)
    else if (parser.word('endif')) this.#end(parser, { word: 'if', at })
    else if (parser.word('endfor')) this.#end(parser, { word: 'for', at })
    else this.#fail('only the blocks if, elif, else, endif, for and endfor are known', at)
  }

  #if(parser: ExpressionParser, at: number): void {
    const body: Body = []
    const node: TemplateNode = { kind: 'if', branches: [{ when: parser.whole(), body }], otherwise: [] }
    this.#begin({ word: 'if', node, body, closed: false, at })
  }

  #branch(parser: ExpressionParser, at: number): void {
    const open = this.#branching('elif', at)
    const body: Body = []
    if (open.node.kind === 'if')
      (open.node.branches as { when: unknown; body: Body }[]).push({ when: parser.whole(), body })
    open.body = body
  }

  #else(parser: ExpressionParser, at: number): void {
    parser.end()
    const open = this.#branching('else', at)
    open.closed = true
    if (open.node.kind === 'if') open.body = open.node.otherwise as Body
  }

  #branching(word: string, at: number): OpenBlock {
    const open = this.#open.at(-1)
    if (open?.word !== 'if' || open.closed) return this.#fail(`"${word}" belongs to no "if"`, at)
    return open
  }

  #for(parser: ExpressionParser, at: number): void {
    if (this.#open.some(({ word }) => word === 'for')) this.#fail('a loop cannot stand inside a loop', at)
    const names = [parser.name()]
    if (parser.sign(',')) names.push(parser.name())
    if (names.includes('loop')) this.#fail('"loop" is the name of the turn itself', at)
    if (!parser.word('in')) this.#fail('a loop is written {% for item in list %}', at)
    const body: Body = []
    this.#begin({ word: 'for', node: { kind: 'for', names, of: parser.whole(), body }, body, closed: false, at })
  }

  #begin(block: OpenBlock): void {
    this.#add(block.node)
    this.#open.push(block)
    if (this.#open.length > TEMPLATE_LIMITS.depth)
      this.#fail(`brackets and blocks nest more than ${TEMPLATE_LIMITS.depth} deep`, block.at)
  }

  #end(parser: ExpressionParser, { word, at }: { readonly word: 'if' | 'for'; readonly at: number }): void {
    parser.end()
    if (this.#open.pop()?.word !== word) this.#fail(`"end${word}" closes no "${word}"`, at)
  }

  #add(node: TemplateNode): void {
    this.#budget.left -= 1
    if (this.#budget.left < 0) this.#fail(`a template has at most ${TEMPLATE_LIMITS.nodes} parts`, 0)
    ;(this.#open.at(-1)?.body ?? this.#root).push(node)
  }

  #fail(reason: string, at: number): never {
    throw new TemplateError(reason, this.#source, at)
  }
}
