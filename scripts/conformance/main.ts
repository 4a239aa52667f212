import { tlogConformance } from './tlog/tlog-conformance.ts'

/** Checks of what we make with code that others wrote. Each needs tools that the project itself does not. */
const runs: Readonly<Record<string, () => Promise<boolean>>> = { tlog: tlogConformance }

const [name] = process.argv.slice(2)
const run = name === undefined ? undefined : runs[name]
if (run === undefined) {
  console.error(`usage: npm run conformance -- <name>, where name is one of: ${Object.keys(runs).join(', ')}`)
  process.exitCode = 2
} else {
  process.exitCode = (await run()) ? 0 : 1
}
