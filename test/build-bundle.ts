import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the bundle that users start, once per test run, in a folder of its own. */
export function setup(): () => void {
  mkdirSync(`${root}node_modules/.cache`, { recursive: true })
  const folder = mkdtempSync(`${root}node_modules/.cache/bundle-`)
  const rolldown = fileURLToPath(new URL('../node_modules/rolldown/bin/cli.mjs', import.meta.url))
  execFileSync(process.execPath, [rolldown, '-c', '--dir', folder], { cwd: root, stdio: 'ignore' })
  process.env['BUILT_FOR_TESTS'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
