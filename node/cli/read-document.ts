import { readFileSync } from 'node:fs'
import { LineCounter, parseDocument } from 'yaml'
import { Refused, refuse } from '../../protocol/refusal.ts'

/** What a YAML or JSON file holds; refused with line and column where it is neither. */
export function readDocument(path: string): unknown {
  const lineCounter = new LineCounter()
  const document = parseDocument(readText(path), { lineCounter, prettyErrors: false, uniqueKeys: true })
  const faults = [...document.errors, ...document.warnings]
  if (faults.length === 0) return document.toJS({ maxAliasCount: 100 }) as unknown
  throw new Refused({
    code: 'invalid-request',
    detail: 'the file is neither YAML nor JSON',
    hint: 'Correct the listed places.',
    errors: faults.map((fault) => {
      const { line, col } = lineCounter.linePos(fault.pos[0])
      return { path: `line ${line}, column ${col}`, message: fault.message }
    }),
  })
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    return refuse('not-found', `the file ${path} cannot be read`, codeOf(cause))
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  return code === 'ENOENT' ? 'There is no such file: check the path.' : `The system says ${code}.`
}
