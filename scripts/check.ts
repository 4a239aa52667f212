// npm run check: every check of the house at the same time; each prints when it has ended, and all failures are seen at once.
import { spawn } from 'node:child_process'

const checks: Readonly<Record<string, readonly string[]>> = {
  types: ['run', '--silent', 'check:types'],
  lint: ['run', '--silent', 'check:lint'],
  format: ['run', '--silent', 'check:format'],
  imports: ['run', '--silent', 'check:imports'],
  'dead code': ['run', '--silent', 'check:dead'],
  tests: ['test', '--silent'],
}

/** tsc and oxlint are Go programs that live for seconds: they need not collect their garbage before it is much. */
const goMemory = { GOGC: 'off', GOMEMLIMIT: '1GiB' }

interface Outcome {
  readonly name: string
  readonly passed: boolean
}

function run(name: string, args: readonly string[]): Promise<Outcome> {
  const started = performance.now()
  const child = spawn('npm', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...goMemory, FORCE_COLOR: '0' },
  })
  const output: Buffer[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      const passed = code === 0
      const text = Buffer.concat(output).toString('utf8').trim()
      const seconds = ((performance.now() - started) / 1000).toFixed(1).padStart(5)
      console.log(`${passed ? 'ok    ' : 'FAILED'} ${seconds} s  ${name}`)
      if (!passed || name === 'tests') console.log(text)
      resolve({ name, passed })
    })
  })
}

const started = performance.now()
const outcomes = await Promise.all(Object.entries(checks).map(([name, args]) => run(name, args)))
const failed = outcomes.filter(({ passed }) => !passed).map(({ name }) => name)
const total = ((performance.now() - started) / 1000).toFixed(1)
console.log(failed.length === 0 ? `all checks passed in ${total} s` : `failed: ${failed.join(', ')} (${total} s)`)
if (failed.length > 0) process.exitCode = 1
