import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { initialiseNode } from '../../node/init-node.ts'
import { CopyRecord } from '../../schemas/copies.ts'
import { Problem } from '../../schemas/problem.ts'
import { Run } from '../../schemas/runs.ts'
import { clinicCsv, clinicSchema } from '../example-seeds.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { publishTable } from '../network/published-table.ts'
import { builtCli } from '../built.ts'
import { tanemaki } from '../run-cli.ts'
import { type CommandAnswer, tanemaki as runHere } from '../run-command.ts'

const run = promisify(execFile)
const escape = String.fromCharCode(27)
const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const root = mkdtempSync(join(tmpdir(), 'command-line-'))
const path = (name: string) => join(root, name)
let network: Network
let bureau: NetworkNode
let lab: NetworkNode
beforeAll(async () => {
  network = await createNetwork(['authority', 'bureau', 'lab'], {
    settings: { chunkSize: '16384', transferBytesPerSecond: '400000', drainSeconds: '0.1' },
  })
  await joinAll(network)
  bureau = network.node('bureau')
  lab = network.node('lab')
  writeFileSync(path('clinic.csv'), clinicCsv(2000))
  writeFileSync(path('schema.json'), JSON.stringify(clinicSchema))
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

const at = (node: NetworkNode, ...args: string[]) => runHere(['--data', node.dataDir, ...args])
const problemIn = ({ out }: Pick<CommandAnswer, 'out'>) => Problem.parse(JSON.parse(out))

describe('a refusal on the command line', () => {
  const cases: Readonly<Record<string, { args: readonly string[]; code: number; problem: string; hint: RegExp }>> = {
    'a command that does not exist': { args: ['seeds', 'plant'], code: 2, problem: 'invalid-request', hint: /--help/ },
    'a command line without a command': { args: [], code: 2, problem: 'invalid-request', hint: /--help/ },
    'a number that is none': {
      args: ['dataset', 'publish', 'x', '--pulls', 'many'],
      code: 2,
      problem: 'invalid-request',
      hint: /--help/,
    },
    'a dataset that does not exist': {
      args: ['dataset', 'show', 'nothing'],
      code: 3,
      problem: 'not-found',
      hint: /tanemaki dataset list/,
    },
    'a file that does not exist': {
      args: ['policy', 'check', 'nothing.yaml'],
      code: 3,
      problem: 'not-found',
      hint: /check the path/,
    },
    'a folder in the place of a file': {
      args: ['seeds', 'import', '.', '--name', 'x', '--infer', '--format', 'csv'],
      code: 3,
      problem: 'not-found',
      hint: /Name one file/,
    },
    'a packed file that is none': {
      args: ['seeds', 'import', path('false.csv.gz'), '--name', 'x', '--infer'],
      code: 3,
      problem: 'table-invalid',
      hint: /gzip/,
    },
    'a place where nothing can be written': {
      args: ['member', 'invite', '--name', 'x', '--out', path('schema.json')],
      code: 3,
      problem: 'conflict',
      hint: /does not exist yet/,
    },
    'a time that is none': {
      args: ['audit', 'export', '--from', 'yesterday', '--out', path('bundle')],
      code: 3,
      problem: 'invalid-request',
      hint: /2026/,
    },
  }
  for (const [what, { args, code, problem, hint }] of Object.entries(cases)) {
    it(`because of ${what} is a problem document for machines`, async () => {
      writeFileSync(path('false.csv.gz'), 'a,b\n1,2\n')
      const told = await at(bureau, '--json', ...args)
      expect(told).toMatchObject({ code, error: '' })
      const expected = { type: `urn:tanemaki:problem:${problem}`, hint: expect.stringMatching(hint) }
      expect(problemIn(told)).toMatchObject(expected)
    })
  }

  it('is told to people on standard error, with what they can do', async () => {
    const missing = await at(bureau, 'dataset', 'show', 'nothing')
    expect(missing).toMatchObject({ code: 3, out: '', error: expect.stringContaining('tanemaki dataset list') })
    const wrong = await at(bureau, 'seeds', 'plant')
    expect(wrong).toMatchObject({ code: 2, out: '', error: expect.stringContaining('--help') })
    for (const { error } of [missing, wrong]) expect(error).not.toMatch(/\n\s+at /)
  })

  it('because another program has the management port says so', async () => {
    const other = createServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'))
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const dataDir = path('other')
    await initialiseNode(dataDir, { managementPort: String(port), publicUrl: 'https://other.example' })
    const answer = await runHere(['--json', '--data', dataDir, 'node', 'status'])
    expect(answer.code).toBe(3)
    expect(problemIn(answer).hint).toContain('management port')
    other.close()
  })
})

describe('a node that cannot start', () => {
  it('names the port that another program has', async () => {
    const dataDir = path('second')
    const port = new URL(bureau.publicUrl).port
    await initialiseNode(dataDir, {
      publicPort: port,
      publicUrl: `http://localhost:${port}`,
      developmentLocalhost: 'true',
      managementPort: '0',
    })
    const answer = await tanemaki(['--data', dataDir, 'node', 'start'])
    expect(answer).toMatchObject({ code: 3, out: '', error: expect.stringContaining(`port ${port}`) })
    expect(answer.error).toContain('set another publicPort')
  })

  it('names a setting that does not exist, in the file and in the environment', async () => {
    const dataDir = path('strange')
    await initialiseNode(dataDir, { publicUrl: 'https://strange.example' })
    const misspelt = await tanemaki(['--data', dataDir, 'node', 'start'], { env: { TANEMAKI_PUBLIC_PROT: '1' } })
    expect(misspelt).toMatchObject({ code: 3, error: expect.stringContaining('Did you mean TANEMAKI_PUBLIC_PORT?') })
    writeFileSync(join(dataDir, 'tanemaki.json'), JSON.stringify({ publicPrt: 7601 }))
    const answer = await tanemaki(['--data', dataDir, 'node', 'start'])
    expect(answer).toMatchObject({ code: 3, error: expect.stringContaining('Did you mean publicPort?') })
  })
})

describe('a Node.js that is too old', () => {
  const launchers = ['bin/tanemaki.js', 'scripts/require-node.js']
  /** Makes this Node.js say that it is version 20. */
  const pretend = `data:text/javascript,${encodeURIComponent(
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })",
  )}`
  const expectOneLine = ({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }) => {
    expect(status).not.toBe(0)
    expect(stdout).toBe('')
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining('needs Node.js 24 or newer; this is ')])
  }

  it('is told in one line what is needed', () => {
    for (const launcher of launchers) {
      expectOneLine(spawnSync(process.execPath, ['--import', pretend, file(launcher)], { encoding: 'utf8' }))
    }
  })

  const installed = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => {
    const major = existsSync(path) ? spawnSync(path, ['-p', 'process.versions.node.split(".")[0]']).stdout : undefined
    return major !== undefined && Number(major) < 24
  })
  if (installed === undefined) console.info('skipped: no older Node.js is installed')
  it.skipIf(installed === undefined)('is told so by a real one', () => {
    for (const launcher of launchers) expectOneLine(spawnSync(installed ?? '', [file(launcher)], { encoding: 'utf8' }))
  })
})

describe('policy check', () => {
  it('takes what dataset publish takes: one offer or a list of them', async () => {
    writeFileSync(path('one.yaml'), 'pulls: 3\n')
    writeFileSync(path('two.yaml'), '- pulls: 3\n- partners: [did:web:lab.example]\n')
    expect((await at(bureau, 'policy', 'check', path('one.yaml'))).out).toContain('count at most 3')
    const { code, out } = await at(bureau, '--json', 'policy', 'check', path('two.yaml'))
    expect({ code, offers: z.object({ offers: z.array(z.unknown()) }).parse(JSON.parse(out)).offers.length }).toEqual({
      code: 0,
      offers: 2,
    })
  })
})

describe('output that is read by others', () => {
  it('ends quietly when its reader goes away', async () => {
    for (const command of ['node start --help', '--json policy templates', '--json dataset show nothing']) {
      const line = `"${process.execPath}" "${builtCli}" --data "${bureau.dataDir}" ${command}`
      const { stdout, stderr } = await run('/bin/bash', ['-c', `${line} | true; echo "\${PIPESTATUS[0]}"`])
      expect(stderr).toBe('')
      expect(stdout.trim()).toMatch(/^[03]$/)
    }
  })

  it('is coloured on a terminal, and plain where NO_COLOR is set or nobody looks', async (context) => {
    if (spawnSync('script', ['--version']).status !== 0) {
      console.info('skipped: the program script is not installed')
      return context.skip()
    }
    const line = `"${process.execPath}" "${builtCli}" --data "${bureau.dataDir}" node doctor`
    const onTerminal = async (env: Record<string, string>) => {
      const { FORCE_COLOR: _forced, NO_COLOR: _none, CI: _ci, ...rest } = process.env
      const options = { env: { ...rest, TERM: 'xterm-256color', ...env } }
      return (await run('script', ['-qec', line, '/dev/null'], options)).stdout
    }
    expect(await onTerminal({})).toContain(`${escape}[`)
    expect(await onTerminal({ NO_COLOR: '1' })).not.toContain(`${escape}[`)
    expect((await at(bureau, 'node', 'doctor')).out).not.toContain(escape)
    return undefined
  })
})

describe('Ctrl-C', () => {
  const interrupted = (node: NetworkNode, args: readonly string[]) =>
    tanemaki(['--data', node.dataDir, '--json', ...args], {
      cwd: root,
      onError: (text, child) => {
        if (text.includes('progress') && !text.includes('goes on')) child.kill('SIGINT')
      },
    })

  it('during run start ends the command, says how to look again, and leaves the run to the node', async () => {
    expect(
      await at(bureau, 'seeds', 'import', path('clinic.csv'), '--name', 'clinic', '--schema', path('schema.json')),
    ).toMatchObject({
      code: 0,
    })
    const recipe = ['kind: dp-table', 'name: visits', 'seedSet: clinic', 'epsilon: 1', 'delta: 1e-6', 'rows: 20000']
    writeFileSync(path('recipe.yaml'), recipe.join('\n'))
    const answer = await interrupted(bureau, ['run', 'start', 'recipe.yaml'])
    expect(answer).toMatchObject({ code: 130, out: '', error: expect.stringContaining('tanemaki run status ') })
    const { runs } = await bureau.api.get('/runs', z.object({ runs: z.array(Run) }))
    const [run] = runs
    const done = await bureau.api.follow(`/runs/${run?.id}/events`, {}, { schema: Run })
    expect(done.state).toBe('completed')
  })

  it('during copy pull ends the command and leaves the pull to the node', async () => {
    const dataset = await publishTable(bureau, { name: 'slow', rows: 4000 })
    const { agreement } = await requestExchange(lab, bureau, { dataset: dataset.id })
    const id = agreement?.['@id'] ?? ''
    const answer = await interrupted(lab, ['copy', 'pull', id])
    expect(answer).toMatchObject({ code: 130, out: '', error: expect.stringContaining(`tanemaki copy pull ${id}`) })
    const { copies } = await lab.api.get('/copies', z.object({ copies: z.array(CopyRecord) }))
    expect(copies).toMatchObject([{ agreementId: id, state: 'pulling' }])
    const again = await at(lab, 'copy', 'pull', id)
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('complete') })
    expect(readFileSync(join(lab.dataDir, 'tanemaki.json'), 'utf8')).toContain('lab')
  })
})
