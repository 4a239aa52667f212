import { runCommandLine } from '../node/cli/command-line.ts'

export interface CommandAnswer {
  readonly code: number
  readonly out: string
  readonly error: string
}

type Environment = Readonly<Record<string, string | undefined>>

let last: Promise<unknown> = Promise.resolve()

/**
 * Runs the command line in this process, which takes a tenth of what a process of its own does. Commands take turns, for they
 * share the standard streams; paths are to be absolute. What is about the process itself runs through `run-cli.ts`.
 */
export function tanemaki(args: readonly string[], env: Environment = {}): Promise<CommandAnswer> {
  const answer = last.then(() => runHere(args, env))
  last = answer.catch(() => {})
  return answer
}

async function runHere(args: readonly string[], env: Environment): Promise<CommandAnswer> {
  const told = { out: '', error: '' }
  const before = { ...process.env }
  const restore = [
    listen(process.stdout, (text) => (told.out += text)),
    listen(process.stderr, (text) => (told.error += text)),
  ]
  try {
    setEnvironment(env)
    process.exitCode = undefined
    await runCommandLine(args)
    return { code: exitCode(), ...told }
  } finally {
    process.exitCode = undefined
    for (const stop of restore) stop()
    setEnvironment(Object.fromEntries(Object.keys(env).map((name) => [name, before[name]])))
  }
}

function exitCode(): number {
  return Number(process.exitCode ?? 0)
}

function setEnvironment(env: Environment): void {
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
}

/** Takes what is written to a standard stream, until the answer is called. */
function listen(stream: NodeJS.WriteStream, take: (text: string) => void): () => void {
  const write = stream.write.bind(stream)
  stream.write = (chunk: Uint8Array | string) => {
    take(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString())
    return true
  }
  return () => {
    stream.write = write
  }
}
