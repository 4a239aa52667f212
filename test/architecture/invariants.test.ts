import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8')
const specs = globSync('protocol/*/SPEC.md', { cwd: root }).map((path) => ({ path, text: read(path) }))

/** Invariants as `- **N1** …`, and the rows `| N1 | file | title |` of the tests that enforce them. */
const stated = specs.flatMap(({ text }) =>
  [...text.matchAll(/^- \*\*([A-Z]\d+)\*\* /gm)].map(([, number = '']) => number),
)
const rows = specs.flatMap(({ text }) =>
  [...text.matchAll(/^\| ([A-Z]\d+) +\| `([^`]+)` *\| (.+?) *\|$/gm)].map(([, number = '', file = '', title = '']) => ({
    number,
    file,
    title,
  })),
)
/** Titles that carry the number of an invariant. */
const titled = globSync('{schemas,protocol,node,scripts,test}/**/*.test.ts', { cwd: root }).flatMap((file) =>
  [...read(file).matchAll(/['`]([^'`\n]+) \(([A-Z]\d+)\)/g)].map(([, title = '', number = '']) => ({
    number,
    file,
    title,
  })),
)
const text = ({ number, file, title }: { number: string; file: string; title: string }) => `${number} ${file}: ${title}`

describe('an invariant of a SPEC.md', () => {
  it('has a number of its own and at least one test', () => {
    expect(stated.length).toBeGreaterThan(25)
    expect(new Set(stated).size).toBe(stated.length)
    expect([...new Set(rows.map(({ number }) => number))].toSorted()).toEqual(stated.toSorted())
  })

  it('names every test whose title carries its number, and no other', () => {
    expect(rows.map(text).toSorted()).toEqual(titled.map(text).toSorted())
  })
})
