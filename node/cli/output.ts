import { styleText } from 'node:util'
import type { Problem } from '../../schemas/problem.ts'
import { harmless, harmlessJson, harmlessRow } from './harmless-text.ts'

type Style = Parameters<typeof styleText>[0]

/** How a command answers: a person on a terminal, or a machine with --json. */
export interface Output {
  readonly json: boolean
  /** The command's result. Machines get `value` as one JSON document; people get what `show` prints. */
  result(value: unknown, show: (print: Printer) => void): void
  /** One line of progress: rewritten in place on a terminal, one JSON object a line on standard error for machines. */
  progress(text: string): void
  /** A line that stays, also where no progress is shown: why nothing moves. */
  notice(text: string): void
  problem(problem: Problem): void
}

export interface Printer {
  line(text?: string): void
  heading(text: string): void
  /** Label and value in two columns. */
  fields(entries: readonly (readonly [string, string])[]): void
  table(columns: readonly string[], rows: readonly (readonly string[])[]): void
  paint(style: Style, text: string): string
}

const escape = String.fromCharCode(27)
const clearLine = `\r${escape}[2K`
const ansiPattern = new RegExp(`${escape}\\[[0-9;]*m`, 'g')
const wide = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

/** Terminal columns that a text takes; East Asian wide characters take two. */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text.replaceAll(ansiPattern, '')) width += wide.test(character) ? 2 : 1
  return width
}

const pad = (text: string, width: number) => text + ' '.repeat(Math.max(0, width - displayWidth(text)))

function createPrinter(stream: NodeJS.WriteStream): Printer {
  const line = (text = '') => void stream.write(`${harmless(text)}\n`)
  const paint = (style: Style, text: string) => styleText(style, text, { stream })
  return {
    line,
    paint,
    heading: (text) => line(paint('bold', harmlessRow(text))),
    fields: (entries) => {
      const width = Math.max(0, ...entries.map(([label]) => displayWidth(label)))
      for (const [label, value] of entries) line(`${paint('dim', pad(label, width))}  ${harmlessRow(value)}`)
    },
    table: (columns, given) => {
      const rows = given.map((row) => row.map(harmlessRow))
      const widths = columns.map((column, index) =>
        Math.max(displayWidth(column), ...rows.map((row) => displayWidth(row[index] ?? ''))),
      )
      const draw = (cells: readonly string[]) =>
        cells
          .map((cell, index) => (index === cells.length - 1 ? cell : pad(cell, widths[index] ?? 0)))
          .join('  ')
          .trimEnd()
      line(paint('dim', draw(columns)))
      for (const row of rows) line(draw(row))
      if (rows.length === 0) line(paint('dim', '(none)'))
    },
  }
}

/** Whether a line of progress stands on the terminal, of which a process has one. */
let progressStands = false

function endProgress(): void {
  if (progressStands) process.stderr.write(clearLine)
  progressStands = false
}

export function createOutput(json: boolean): Output {
  const printer = createPrinter(process.stdout)
  return {
    json,
    result: (value, show) => {
      endProgress()
      if (json) printer.line(harmlessJson(value, 2))
      else show(printer)
    },
    progress: (text) => {
      if (json) process.stderr.write(`${harmlessJson({ progress: text })}\n`)
      if (json || !process.stderr.isTTY) return
      process.stderr.write(`${clearLine}${harmlessRow(text)}`)
      progressStands = true
    },
    notice: (text) => {
      endProgress()
      process.stderr.write(`${json ? harmlessJson({ progress: text }) : harmless(text)}\n`)
    },
    problem: (problem) => {
      endProgress()
      if (json) {
        process.stdout.write(`${harmlessJson(problem, 2)}\n`)
        return
      }
      const red = (text: string) => styleText('red', text, { stream: process.stderr })
      const lines = [
        `${red(harmlessRow(problem.title))}: ${harmless(problem.detail)}`,
        ...(problem.errors ?? []).map(({ path, message }) => `  ${harmlessRow(path)}: ${harmlessRow(message)}`),
        harmless(problem.hint),
      ]
      process.stderr.write(`${lines.join('\n')}\n`)
    },
  }
}
