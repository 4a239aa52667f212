import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const memoryFolder = '/dev/shm'
const memoryNeeded = 2 * 1024 ** 3

/** Temporary files in memory where there is enough: hundreds of small stores wait for a disk longer than they work. */
function useMemoryForTemporaryFiles(): void {
  if (process.env['TMPDIR'] !== undefined || !existsSync(memoryFolder)) return
  const { bavail, bsize } = statfsSync(memoryFolder)
  if (bavail * bsize >= memoryNeeded) process.env['TMPDIR'] = memoryFolder
}

/** Builds the bundle that users start, once per test run, in a folder of its own. */
export function setup(): () => void {
  useMemoryForTemporaryFiles()
  mkdirSync(`${root}node_modules/.cache`, { recursive: true })
  const folder = mkdtempSync(`${root}node_modules/.cache/bundle-`)
  const rolldown = fileURLToPath(new URL('../node_modules/rolldown/bin/cli.mjs', import.meta.url))
  execFileSync(process.execPath, [rolldown, '-c', '--dir', folder], { cwd: root, stdio: 'ignore' })
  process.env['BUILT_FOR_TESTS'] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}
