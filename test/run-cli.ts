import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtCli } from './built.ts'

export interface Answer {
  /** Exit code; undefined when a signal ended the program. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly out: string
  readonly error: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Told what arrived on standard error so far. */
  readonly onError?: (text: string, child: ChildProcess) => void
}

/** Runs the command line as a process of its own. */
export function tanemaki(args: readonly string[], { cwd, env, onError }: RunOptions = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const child = spawn(process.execPath, [builtCli, ...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), 'tanemaki-compile-cache'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const read = { out: '', error: '' }
  child.stdout.on('data', (chunk: Buffer) => (read.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => {
    read.error += chunk.toString()
    onError?.(read.error, child)
  })
  child.once('error', reject)
  child.once('close', (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined, ...read }))
  return promise
}
