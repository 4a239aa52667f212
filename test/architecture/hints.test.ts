import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../../node/cli/program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const texts = globSync(['node/**/*.ts', 'protocol/**/*.ts', 'docs/**/*.md', 'README.md'], { cwd: root })

/** Commands that are named in full, `tanemaki noun verb`; a hint may go on with arguments. */
const named = texts.flatMap((path) =>
  [...readFileSync(`${root}/${path}`, 'utf8').matchAll(/\btanemaki ([a-z]+) ([a-z][a-z-]*)\b/g)].map(
    ([, noun, verb]) => ({
      path,
      noun,
      verb,
    }),
  ),
)

describe('a command that a message or a page names', () => {
  const { program } = createProgram({ quiet: true })
  const verbsOf = new Map(
    program.commands.map((noun) => [noun.name(), new Set(noun.commands.map((verb) => verb.name()))]),
  )

  it('exists', () => {
    expect(named.length).toBeGreaterThan(50)
    const wrong = named.filter(({ noun, verb }) => verbsOf.get(noun ?? '')?.has(verb ?? '') !== true)
    expect(wrong.map(({ path, noun, verb }) => `${path}: tanemaki ${noun} ${verb}`)).toEqual([])
  })
})
