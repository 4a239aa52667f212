#!/usr/bin/env node
import { runCommandLine } from './command-line.ts'

/** A reader that went away (`| head`) ends the program quietly; nobody reads what is left to say. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exit()
}

// The store, its journal and exports are the owner's, also in a folder that was there before.
process.umask(0o077)
process.stdout.on('error', endWithReader)
process.stderr.on('error', endWithReader)
await runCommandLine(process.argv.slice(2))
