import type { Command } from 'commander'
import type { ApiClient } from './api-client.ts'
import type { Output } from './output.ts'

/** What a command gets: where the node is, how to reach it, how to answer the person. */
export interface CliContext {
  readonly output: Output
  /** Client of the management API of the node in the data folder. */
  api(): ApiClient
  /** Data folder: --data, TANEMAKI_DATA, or ./tanemaki-data. */
  dataDir(): string
}

export type AddCommands = (program: Command, cli: CliContext) => void

/** Exit codes of every command; documented in `tanemaki --help`. */
export const exitCodes = {
  done: 0,
  /** The command ran and the answer is no: a gate failed, a verification failed, a policy denies. */
  negative: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The node refused or could not do it; the problem says why. */
  refused: 3,
  /** The node is not running or cannot be reached. */
  unreachable: 4,
  /** Ctrl-C; what the node does goes on. */
  interrupted: 130,
} as const
