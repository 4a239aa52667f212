import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** What others wrote cannot be had or built here, which says nothing about the node. */
export class KitUnavailable extends Error {}

export interface Kit {
  /** Name of its folder in the cache of this machine's user. */
  readonly name: string
  readonly version: string
  /** Folder with `pom.xml` and `sources`. */
  readonly folder: string
  readonly sources: readonly string[]
  /** Further options of Maven. */
  readonly maven?: readonly string[]
  /** Files of `META-INF/services` that make the classes known, with their content. */
  readonly services: Readonly<Record<string, string>>
}

/** Fetches the libraries and compiles the sources once for each version and content; returns the folder with `lib` and `classes`. */
export function openKit(kit: Kit): string {
  for (const [tool, flag] of [
    ['java', '-version'],
    ['javac', '-version'],
    ['mvn', '-v'],
  ] as const) {
    if (spawnSync(tool, [flag], { stdio: 'ignore' }).status !== 0) {
      throw new KitUnavailable(`${tool} is not here; a JDK of version 17 or newer and Maven are needed`)
    }
  }
  const stamp = createHash('sha256')
  for (const name of ['pom.xml', ...kit.sources]) stamp.update(readFileSync(join(kit.folder, name)))
  stamp.update(JSON.stringify(kit.services))
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), kit.name)
  const home = join(cache, `${kit.version}-${stamp.digest('hex').slice(0, 16)}`)
  if (existsSync(home)) return home
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'new-'))
  console.log(`fetching and compiling ${kit.name} ${kit.version}`)
  try {
    prepare(kit, work)
    if (!existsSync(home)) renameSync(work, home)
    return home
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function prepare({ folder, sources, maven = [], services }: Kit, work: string): void {
  const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${work}/lib`]
  build('mvn', ['-B', '-q', '-ntp', '-f', join(folder, 'pom.xml'), ...maven, ...copy])
  const declared = join(work, 'classes/META-INF/services')
  mkdirSync(declared, { recursive: true })
  const options = ['-nowarn', '-proc:none', '--release', '17', '-encoding', 'UTF-8']
  const files = sources.map((name) => join(folder, name))
  build('javac', [...options, '-cp', `${work}/lib/*`, '-d', `${work}/classes`, ...files])
  for (const [name, content] of Object.entries(services)) writeFileSync(join(declared, name), `${content}\n`)
}

function build(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new KitUnavailable(`${command} failed: ${(stdout + stderr).slice(-2000)}`)
}
