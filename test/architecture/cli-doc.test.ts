import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { exitCodes } from '../../node/cli/command.ts'
import { createProgram } from '../../node/cli/program.ts'
import { cliPage } from '../../scripts/generate-cli-doc.ts'

const commands = createProgram().program.commands.flatMap((noun) =>
  noun.commands.map((verb) => ({ name: `${noun.name()} ${verb.name()}`, verb })),
)

describe('docs/cli.md', () => {
  it('says of every command what its definition says; run node scripts/generate-cli-doc.ts', () => {
    expect(readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8')).toBe(cliPage())
  })

  it('knows every exit code', () => {
    for (const code of Object.values(exitCodes)) expect(cliPage()).toContain(`| ${code} |`)
  })
})

describe('every command', () => {
  it('describes itself, its arguments and its options', () => {
    expect(commands.length).toBeGreaterThan(30)
    for (const { name, verb } of commands) {
      for (const { description } of [...verb.registeredArguments, ...verb.options]) {
        expect(description, name).toMatch(/\w{3,}/)
      }
      expect(verb.description(), name).toMatch(/\w{3,}/)
      expect(verb.helpInformation(), name).toContain('--json')
    }
  })
})
