// Writes docs/cli.md from the definitions of the commands; a test fails when the file is not what this writes.
import { writeFileSync } from 'node:fs'
import type { Argument, Command, Option } from 'commander'
import { createProgram } from '../node/cli/program.ts'

const head = `# Command line

\`tanemaki [--data FOLDER] [--json] NOUN VERB …\`. Commands speak to the node of the data folder over its management port; \`node init\`,
\`node start\`, \`node doctor\`, \`recipe check\` and \`audit verify\` need no running node. Every command has \`--help\`. The settings that
\`node init\` takes as options are described in [settings.md](settings.md).

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | the command ran and the answer is no: a check failed, a gate does not pass, a policy denies, a run or a pull failed |
| 2 | the command line is wrong |
| 3 | refused: the problem says why and what to do |
| 4 | the node of the data folder does not answer |
| 130 | interrupted (Ctrl-C); what the node does goes on |

## Output

People get text on standard output, and progress and problems on standard error; colours only on a terminal and not where \`NO_COLOR\` is set.
With \`--json\`, standard output holds one JSON document: the result, or with exit codes 2 to 4 a problem (RFC 9457) with \`code\`, \`detail\` and
\`hint\`, and in \`errors\` the places in the input that are wrong. Progress then is one JSON object a line on standard error. No problem
repeats a value of a seed row.

## Every command
`

/** Text inside a table cell. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')

function sentence(text: string): string {
  return `${cell(text.slice(0, 1).toUpperCase() + text.slice(1))}.`
}

function argumentRow(argument: Argument): string {
  return `| \`${argument.required ? `<${argument.name()}>` : `[${argument.name()}]`}\` | ${cell(argument.description)} |`
}

function optionRow({ flags, description, mandatory, argChoices, defaultValue, variadic, negate }: Option): string {
  const remarks = [
    ...(mandatory ? ['required'] : []),
    ...(variadic ? ['may hold several'] : []),
    ...(argChoices === undefined ? [] : [`one of ${argChoices.join(', ')}`]),
    ...(defaultValue === undefined || negate ? [] : [`default: ${String(defaultValue)}`]),
  ]
  return `| \`${flags.replaceAll('|', '\\|')}\` | ${cell([description, ...remarks].join('; '))} |`
}

function usage(path: string, command: Command): string {
  const given = command.registeredArguments.map((each) => (each.required ? `<${each.name()}>` : `[${each.name()}]`))
  return [path, ...(command.options.length === 0 ? [] : ['[options]']), ...given].join(' ')
}

function verbSection(noun: Command, verb: Command): string {
  const path = `tanemaki ${noun.name()} ${verb.name()}`
  const rows = [...verb.registeredArguments.map(argumentRow), ...verb.options.map(optionRow)]
  const table = rows.length === 0 ? [] : ['', '| argument or option | meaning |', '|---|---|', ...rows]
  return [`#### \`${usage(path, verb)}\``, '', sentence(verb.description()), ...table].join('\n')
}

/** The page about the command line, made from the commands themselves. */
export function cliPage(): string {
  const nouns = createProgram().program.commands.map((noun) =>
    [
      `### ${noun.name()}`,
      '',
      sentence(noun.description()),
      ...noun.commands.flatMap((verb) => ['', verbSection(noun, verb)]),
    ].join('\n'),
  )
  return `${head}\n${nouns.join('\n\n')}\n`
}

if (import.meta.main) writeFileSync('docs/cli.md', cliPage())
