#!/usr/bin/env node
import { CommanderError } from 'commander'
import { failureOf } from './failure.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

/** A reader that went away (`| head`) ends the program quietly; nobody reads what is left to say. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

async function main(): Promise<void> {
  // The store, its journal and exports are the owner's, also in a folder that was there before.
  process.umask(0o077)
  process.stdout.on('error', endWithReader)
  process.stderr.on('error', endWithReader)
  // Known before parsing, because what cannot be parsed is answered as well.
  const json = process.argv.includes('--json')
  const { program } = createProgram({ quiet: json })
  try {
    await program.parseAsync()
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return
    const { problem, exitCode } = failureOf(error)
    process.exitCode = exitCode
    const told = error instanceof CommanderError && !json
    if (!told) createOutput(json).problem(problem)
  }
}

await main()
