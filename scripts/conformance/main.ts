import { dspConformance } from './dsp/dsp-conformance.ts'
import { edcConformance } from './edc/edc-conformance.ts'
import { KitUnavailable } from './maven.ts'
import { tlogConformance } from './tlog/tlog-conformance.ts'

/** Checks of what we make with code that others wrote. Each needs tools that the project itself does not. */
const runs: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  dsp: dspConformance,
  edc: edcConformance,
  tlog: tlogConformance,
}
/** What the check needs is not on this machine. */
const UNAVAILABLE = 3

const [name, ...args] = process.argv.slice(2)
const run = name === undefined ? undefined : runs[name]
if (run === undefined) {
  console.error(`usage: npm run conformance -- <name>, where name is one of: ${Object.keys(runs).join(', ')}`)
  process.exitCode = 2
} else {
  try {
    process.exitCode = (await run(args)) ? 0 : 1
  } catch (error) {
    if (!(error instanceof KitUnavailable)) throw error
    console.error(`not run: ${error.message}`)
    process.exitCode = UNAVAILABLE
  }
}
