import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const cli = 'bin/tanemaki.js'

/** What a command answered. `value` is its JSON. */
export interface Answer {
  readonly exitCode: number
  // The demonstration reads the documented fields of the JSON output; it has no schemas of the product on purpose.
  readonly value: Readonly<Record<string, unknown>>
}

/** One organisation of the demonstration: a data folder, ports, and a process. */
export class DemoNode {
  readonly name: string
  readonly title: string
  readonly dataDir: string
  readonly publicPort: number
  readonly managementPort: number
  did = ''
  #process: ChildProcess | undefined

  constructor(options: { name: string; title: string; root: string; publicPort: number; managementPort: number }) {
    this.name = options.name
    this.title = options.title
    this.dataDir = join(options.root, options.name)
    this.publicPort = options.publicPort
    this.managementPort = options.managementPort
  }

  get publicUrl(): string {
    return `http://localhost:${this.publicPort}`
  }

  get pid(): number {
    return this.#process?.pid ?? 0
  }

  /** Runs `tanemaki --data … --json ARGS` and fails the demonstration unless it exits with one of `expected`. */
  async run(args: readonly string[], expected: readonly number[] = [0]): Promise<Answer> {
    const child = spawn(process.execPath, [cli, '--data', this.dataDir, '--json', ...args])
    return finished(child, { command: args.join(' '), expected })
  }

  /** Starts a command whose progress is of interest; `onLine` sees its progress lines. */
  follow(args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [cli, '--data', this.dataDir, '--json', ...args])
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [cli, '--data', this.dataDir, 'node', 'start'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    const log = createWriteStream(`${this.dataDir}.log`, { flags: 'a' })
    child.stderr?.pipe(log)
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`${this.name} ended with code ${code}; see ${this.dataDir}.log`)))
      if (child.stderr === null) return reject(new Error('no log'))
      createInterface(child.stderr).on('line', (line) => {
        if (line.includes('"node-ready"')) resolve()
      })
    })
  }

  /** SIGKILL: no draining, no goodbye. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.removeAllListeners('exit')
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }
}

async function finished(
  child: ChildProcess,
  { command, expected }: { command: string; expected: readonly number[] },
): Promise<Answer> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const exitCode = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)))
  const text = Buffer.concat(out).toString('utf8')
  if (!expected.includes(exitCode)) {
    throw new Error(`tanemaki ${command}\nexit code ${exitCode}\n${text}${Buffer.concat(err).toString('utf8')}`)
  }
  return { exitCode, value: text.trim() === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
}

/** The first `count` ports from `base` on that nobody uses. */
export async function freePorts(base: number, count: number): Promise<number[]> {
  const ports: number[] = []
  for (let port = base; ports.length < count && port < 65_000; port++) {
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  const free = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
  await new Promise((resolve) => server.close(resolve))
  return free
}
