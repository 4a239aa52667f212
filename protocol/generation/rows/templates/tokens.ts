import { TemplateError } from './syntax.ts'

export type Token =
  | { readonly kind: 'name' | 'sign'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number }
  | { readonly kind: 'number'; readonly value: number; readonly at: number }
  | { readonly kind: 'end'; readonly at: number }

const SPACE = /\s*/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /(?:\d+\.\d+|\d+)(?:[eE][+-]?\d+)?/y
const SIGN = /==|!=|<=|>=|\/\/|[-+*/%~<>()[\],.|=]/y
const STRING = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy
const ESCAPE = /\\(u[0-9a-fA-F]{4}|.)/gs
const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

const unescape = (text: string): string =>
  text.replaceAll(ESCAPE, (_, code: string) =>
    code.length === 5 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPED[code] ?? code),
  )

/**
 * Tokens of an expression from `from` up to the `closer` that stands outside of strings (`''`: the end of the source).
 * `next` is the offset behind the closer. Throws TemplateError.
 */
export function tokensUpTo(
  closer: '}}' | '%}' | '',
  source: string,
  from: number,
): { readonly tokens: readonly Token[]; readonly next: number; readonly trims: boolean } {
  const tokens: Token[] = []
  let at = from
  for (;;) {
    at += match(SPACE, source, at)?.length ?? 0
    const trims = closer !== '' && source.startsWith(`-${closer}`, at)
    if (closer === '' ? at === source.length : trims || source.startsWith(closer, at))
      return {
        tokens: [...tokens, { kind: 'end', at }],
        next: at + closer.length + (trims ? 1 : 0),
        trims,
      }
    const { token, length } = tokenAt(source, at, closer)
    tokens.push(token)
    at += length
  }
}

function tokenAt(source: string, at: number, closer: string): { readonly token: Token; readonly length: number } {
  const name = match(NAME, source, at)
  if (name !== undefined) return { token: { kind: 'name', text: name, at }, length: name.length }
  const number = match(NUMBER, source, at)
  if (number !== undefined) return { token: { kind: 'number', value: Number(number), at }, length: number.length }
  const string = match(STRING, source, at)
  if (string !== undefined)
    return { token: { kind: 'string', text: unescape(string.slice(1, -1)), at }, length: string.length }
  const sign = match(SIGN, source, at)
  if (sign !== undefined) return { token: { kind: 'sign', text: sign, at }, length: sign.length }
  if (at >= source.length) throw new TemplateError(`"${closer}" is missing`, source, at)
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0)
  const quoted = character === '"' || character === "'"
  throw new TemplateError(quoted ? 'this text is not closed' : `"${character}" is not understood here`, source, at)
}
