import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createNode } from '../../node/create-node.ts'
import { initialiseNode } from '../../node/init-node.ts'
import { loadSettings } from '../../node/config/load.ts'
import { silentLogger } from '../../node/telemetry/logger.ts'
import { createNetwork, type Network } from '../network/create-network.ts'
import { builtCli } from '../built.ts'

describe('a node that starts', () => {
  let network: Network
  beforeAll(async () => {
    network = await createNetwork(['bureau'])
  })
  afterAll(async () => network[Symbol.asyncDispose]())

  it('answers status to the holder of its management key alone', async () => {
    const { api, did, dataDir } = network.node('bureau')
    expect(await api.get('/node', z.looseObject({}))).toMatchObject({ did, jobs: { dead: 0 } })
    const { managementPort } = loadSettings(dataDir)
    const stranger = await fetch(`http://127.0.0.1:${managementPort}/api/node`)
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('content-type')).toBe('application/problem+json')
    expect(await stranger.json()).toMatchObject({ code: 'unauthorized', status: 401 })
  })

  it('keeps its keys and its management key readable by the owner alone', () => {
    const { dataDir } = network.node('bureau')
    const secrets = readdirSync(dataDir).filter((name) => /\.(key|sealed)$/.test(name))
    expect(secrets).toContain('node.key')
    for (const file of secrets) expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600)
  })

  it('refuses a body of 10 MB on its public listener before it reads it whole', async () => {
    const response = await fetch(`${network.node('bureau').publicUrl}/dsp/2025-1/catalog/request`, {
      method: 'POST',
      body: new Uint8Array(10 * 1024 * 1024),
    })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'too-large' })
  })

  it('answers 404 with a problem at an unknown address', async () => {
    const response = await fetch(`${network.node('bureau').publicUrl}/nothing/here`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ code: 'not-found' })
  })

  it('claims its data folder: a second node on it is refused, and a stopped one leaves it free', async () => {
    const { dataDir } = network.node('bureau')
    const second = () =>
      createNode({
        dataDir,
        settings: { ...loadSettings(dataDir), publicPort: 0, managementPort: 0 },
        overrides: { log: silentLogger },
      })
    await expect(second()).rejects.toMatchObject({ refusal: { code: 'conflict' } })
    await network.node('bureau').restart()
    expect(await network.node('bureau').api.get('/node', z.looseObject({}))).toMatchObject({ jobs: { dead: 0 } })
  })

  it('says which listener cannot have its port when another program has it', async () => {
    const taken = createServer()
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const root = mkdtempSync(join(tmpdir(), 'port-'))
    await initialiseNode(join(root, 'node'), {
      publicPort: String(port),
      publicUrl: `http://localhost:${port}`,
      developmentLocalhost: 'true',
    })
    const start = createNode({
      dataDir: join(root, 'node'),
      settings: loadSettings(join(root, 'node')),
      overrides: { log: silentLogger },
    })
    await expect(start).rejects.toMatchObject({ refusal: { code: 'port-taken' } })
    taken.close()
    rmSync(root, { recursive: true })
  })
})

describe('the command line', () => {
  const run = (...args: string[]) => spawnSync(process.execPath, [builtCli, ...args], { encoding: 'utf8' })

  it('lists its nouns and its exit codes', () => {
    const help = execFileSync(process.execPath, [builtCli, '--help'], { encoding: 'utf8' })
    expect(help).toContain('Exit codes')
    expect(help).toContain('node')
  })

  it('describes every setting in the help of node start', () => {
    const { stdout } = run('node', 'start', '--help')
    expect(stdout).toContain('publicUrl (TANEMAKI_PUBLIC_URL)')
    expect(stdout).toContain('developmentLocalhost')
  })

  it('exits with 2 for a wrong command line and with 3 for a refusal, as JSON where asked', () => {
    expect(run('node', 'begin').status).toBe(2)
    const refused = run('--json', '--data', join(tmpdir(), 'no-such-node'), 'node', 'status')
    expect(refused.status).toBe(3)
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 'node-not-initialised' })
  })

  it('makes a data folder that nobody else may read or change, whatever the shell allows', () => {
    const root = mkdtempSync(join(tmpdir(), 'open-'))
    chmodSync(root, 0o755)
    const init = [builtCli, '--data', root, 'node', 'init', '--public-url', 'https://open.example']
    const made = spawnSync('sh', ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, ...init], { encoding: 'utf8' })
    expect(made).toMatchObject({ status: 0 })
    const open = readdirSync(root).filter((name) => (statSync(join(root, name)).mode & 0o077) !== 0)
    expect(open).toEqual([])
    rmSync(root, { recursive: true })
  })

  it('exits with 4 when the node does not run', async () => {
    const root = mkdtempSync(join(tmpdir(), 'away-'))
    await initialiseNode(join(root, 'node'), { managementPort: '1', publicUrl: 'https://away.example' })
    const away = run('--data', join(root, 'node'), 'node', 'status')
    expect(away.status).toBe(4)
    expect(away.stderr).toContain('tanemaki node start')
    rmSync(root, { recursive: true })
  })
})
