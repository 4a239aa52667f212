import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '1.0.0-RC6'
const LAUNCHER = 'org.eclipse.dataspacetck.dsp.system.DspSystemLauncher'
const CASES = 'org.eclipse.dataspacetck.dsp.verification'
const LIMIT_SECONDS = 600
const here = fileURLToPath(new URL('.', import.meta.url))

/** The kit cannot be had or built here, which says nothing about the connector. */
export class KitUnavailable extends Error {}

export interface CaseResult {
  readonly id: string
  readonly result: 'pass' | 'fail' | 'skip' | 'notrun'
  readonly seconds: string
  readonly title: string
  readonly reason: string
}

export interface Kit {
  readonly version: string
  /** Runs the cases whose id matches `only`. `config`: the kit's own properties. */
  run(config: Readonly<Record<string, string>>, only: string): Promise<CaseResult[]>
}

/** Fetches and compiles the kit once for each version and content of this folder. */
export function openKit(): Kit {
  for (const [tool, flag] of [
    ['java', '-version'],
    ['javac', '-version'],
    ['mvn', '-v'],
  ] as const) {
    if (spawnSync(tool, [flag], { stdio: 'ignore' }).status !== 0) {
      throw new KitUnavailable(`${tool} is not here; the kit needs a JDK of version 17 or newer and Maven`)
    }
  }
  const home = prepared()
  return { version: VERSION, run: (config, only) => runKit(home, config, only) }
}

function prepared(): string {
  const stamp = createHash('sha256')
  for (const name of ['pom.xml', 'TckRun.java']) stamp.update(readFileSync(join(here, name)))
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tanemaki-dsp-kit')
  const home = join(cache, `${VERSION}-${stamp.digest('hex').slice(0, 16)}`)
  if (existsSync(home)) return home
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'new-'))
  console.log(`fetching and compiling the kit ${VERSION}`)
  try {
    const kit = ['-P', 'published-rc', `-Dkit.version=${VERSION}`]
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${work}/lib`]
    build('mvn', ['-B', '-q', '-ntp', '-f', join(here, 'pom.xml'), ...kit, ...copy])
    mkdirSync(join(work, 'classes/META-INF/services'), { recursive: true })
    const options = ['-nowarn', '-proc:none', '--release', '17', '-encoding', 'UTF-8']
    build('javac', [...options, '-cp', `${work}/lib/*`, '-d', `${work}/classes`, join(here, 'TckRun.java')])
    const services = join(work, 'classes/META-INF/services/org.junit.platform.launcher')
    writeFileSync(`${services}.TestExecutionListener`, 'TckRun$Recorder\n')
    writeFileSync(`${services}.PostDiscoveryFilter`, 'TckRun$IdFilter\n')
    if (!existsSync(home)) renameSync(work, home)
    return home
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function build(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new KitUnavailable(`${command} failed: ${(stdout + stderr).slice(-2000)}`)
}

async function runKit(home: string, config: Readonly<Record<string, string>>, only: string): Promise<CaseResult[]> {
  const folder = mkdtempSync(join(home, 'run-'))
  try {
    const [properties, results] = [join(folder, 'kit.properties'), join(folder, 'results.tsv')]
    const lines = Object.entries(config).map(([name, value]) => `${name}=${value}`)
    writeFileSync(properties, `${lines.join('\n')}\n`)
    const args = [properties, results, LAUNCHER, CASES, String(LIMIT_SECONDS), only]
    const command = ['-Xmx512m', '-cp', `${home}/classes:${home}/lib/*`, 'TckRun', ...args]
    const output = await outputOf('java', command)
    if (!existsSync(results)) throw new Error(`the kit did not run: ${output.slice(-2000)}`)
    return readFileSync(results, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [id = '', result = '', seconds = '', title = '', reason = ''] = line.split('\t')
        return { id, result: result as CaseResult['result'], seconds, title, reason }
      })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The connector lives in this process and must go on answering, so the kit is waited for without blocking. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part.toString()))
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  return output
}
