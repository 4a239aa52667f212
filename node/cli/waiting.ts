import { exitCodes } from './command.ts'

/** Waits for what the node does by itself. An interruption ends the waiting alone; `goesOn` says how to look again. */
export async function waitFor<Result>(goesOn: string, work: Promise<Result>): Promise<Result> {
  const leave = () => {
    process.stderr.write(`\n${goesOn}\n`)
    process.exit(exitCodes.interrupted)
  }
  process.on('SIGINT', leave)
  try {
    return await work
  } finally {
    process.off('SIGINT', leave)
  }
}
