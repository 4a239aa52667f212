import { CommanderError } from 'commander'
import { failureOf } from './failure.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

/** Runs one command line, without the name of the program. It answers on the standard streams and in `process.exitCode`. */
export async function runCommandLine(args: readonly string[]): Promise<void> {
  // Known before parsing, because what cannot be parsed is answered as well.
  const json = args.includes('--json')
  const { program } = createProgram({ quiet: json })
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    const { problem, exitCode } = failureOf(error)
    process.exitCode = exitCode
    const told = error instanceof CommanderError && !json
    if (!told) createOutput(json).problem(problem)
  }
}
