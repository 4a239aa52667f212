import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { showSpread, spread } from './rounds.ts'

const rounds = 9
const idleMs = 3000
const cli = 'bin/tanemaki.js'

/** Time from spawn to the first 200, and resident memory after idling. */
async function startOnce(args: readonly string[], url: string, idle: number): Promise<{ ms: number; rssMb: number }> {
  const started = performance.now()
  const child = spawn(process.execPath, args, { stdio: 'ignore' })
  try {
    await firstAnswer(url, child)
    const ms = performance.now() - started
    await new Promise((resolve) => setTimeout(resolve, idle))
    return { ms, rssMb: residentMb(child.pid ?? 0) }
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await ended
  }
}

async function firstAnswer(url: string, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 20_000; attempt++) {
    if (child.exitCode !== null) throw new Error(`the process ended with code ${child.exitCode} before it was ready`)
    const ok = await fetch(url).then(
      async (response) => (await response.arrayBuffer(), response.ok),
      () => false,
    )
    if (ok) return
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('the process was not ready in time')
}

function residentMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 'NaN'
  return Number(kib) / 1024
}

/** Start of the bundled node beside a bare node:http script, alternating, in the same run. */
export async function run(): Promise<Record<string, unknown>> {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'ignore' })
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-bench-'))
  try {
    const [publicPort, managementPort, barePort] = [await freePort(), await freePort(), await freePort()]
    const bare = join(folder, 'bare.ts')
    writeFileSync(
      bare,
      `import { createServer } from 'node:http'\ncreateServer((_, response: import('node:http').ServerResponse) => response.end('{}')).listen(${barePort}, '127.0.0.1')\n`,
    )
    const data = join(folder, 'node')
    const settings = {
      publicPort,
      managementPort,
      publicUrl: `http://localhost:${publicPort}`,
      developmentLocalhost: 'true',
    }
    const options = Object.entries(settings).flatMap(([name, value]) => [
      `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
      String(value),
    ])
    execFileSync(process.execPath, [cli, '--data', data, 'node', 'init', ...options], { stdio: 'ignore' })
    const nodeArgs = [cli, '--data', data, 'node', 'start']
    const health = `http://127.0.0.1:${managementPort}/health`
    const figures = { node: [] as number[], bare: [] as number[], rss: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      figures.bare.push((await startOnce([bare], `http://127.0.0.1:${barePort}/`, 0)).ms)
      const idle = round === rounds - 1 ? idleMs : 0
      const node = await startOnce(nodeArgs, health, idle)
      figures.node.push(node.ms)
      if (idle > 0) figures.rss.push(node.rssMb)
    }
    const ratios = spread(figures.node.map((ms, index) => ms / (figures.bare[index] ?? Number.NaN)))
    console.log(`spawn to first 200, ${rounds} rounds in turn, median [min-max]`)
    console.log(`bare node:http in a .ts file   ${showSpread(spread(figures.bare), 0)} ms`)
    console.log(`tanemaki node start (bundle)   ${showSpread(spread(figures.node), 0)} ms`)
    console.log(`ratio, round by round          ${showSpread(ratios)}`)
    const rssMb = spread(figures.rss).median
    console.log(`resident memory after ${idleMs} ms idle: ${rssMb.toFixed(0)} MB`)
    return { ratio: ratios.median, rssMb, nodeMs: spread(figures.node).median, bareMs: spread(figures.bare).median }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
