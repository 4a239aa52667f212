import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openKit } from '../maven.ts'

const VERSION = '1.0.0-RC6'
const LAUNCHER = 'org.eclipse.dataspacetck.dsp.system.DspSystemLauncher'
const CASES = 'org.eclipse.dataspacetck.dsp.verification'
const LIMIT_SECONDS = 600
const here = fileURLToPath(new URL('.', import.meta.url))

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
export function openDspKit(): Kit {
  const services = 'org.junit.platform.launcher'
  const home = openKit({
    name: 'tanemaki-dsp-kit',
    version: VERSION,
    folder: here,
    sources: ['TckRun.java'],
    maven: ['-P', 'published-rc', `-Dkit.version=${VERSION}`],
    services: {
      [`${services}.TestExecutionListener`]: 'TckRun$Recorder',
      [`${services}.PostDiscoveryFilter`]: 'TckRun$IdFilter',
    },
  })
  return { version: VERSION, run: (config, only) => runKit(home, config, only) }
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
