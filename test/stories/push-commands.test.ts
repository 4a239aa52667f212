import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { Transfer } from '../../schemas/transfer.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { type HttpStorage, openHttpStorage } from '../network/http-storage.ts'
import { publishTable } from '../network/published-table.ts'
import { openS3Storage, S3_KEYS, type S3Storage } from '../network/s3-storage.ts'
import { type CommandAnswer, tanemaki } from '../run-command.ts'

const SECRET = 'header-secret-4711'
const NO_KEYS = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined, AWS_REGION: undefined }

describe('pushes on the command line', () => {
  let root: string
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let sink: HttpStorage
  let bucket: S3Storage
  let agreement = ''
  let exchange = ''
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'push-commands-'))
    network = await createNetwork(['authority', 'bureau', 'lab'], { settings: { drainSeconds: '0.1' } })
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
    sink = await openHttpStorage()
    bucket = await openS3Storage()
    const { id } = await publishTable(bureau, { name: 'table', rows: 200 })
    const process = await requestExchange(lab, bureau, { dataset: id })
    agreement = process.agreement?.['@id'] ?? ''
    exchange = process.pid
  })
  afterAll(async () => {
    await sink[Symbol.asyncDispose]()
    await bucket[Symbol.asyncDispose]()
    await network[Symbol.asyncDispose]()
    rmSync(root, { recursive: true })
  })

  const at = (node: NetworkNode, args: readonly string[], env: Record<string, string | undefined> = NO_KEYS) =>
    tanemaki(['--data', node.dataDir, ...args], env)
  const push = (args: readonly string[], env?: Record<string, string | undefined>) =>
    at(lab, ['copy', 'push', agreement, ...args], env)
  const fileOf = (name: string, text: string, mode = 0o600) => {
    const path = join(root, name)
    writeFileSync(path, text)
    chmodSync(path, mode)
    return path
  }
  const said = ({ code, out, error }: CommandAnswer) => ({ code, text: `${out}\n${error}` })

  it('bring the files to an address with the headers of a file', async () => {
    const headers = fileOf('headers.txt', `Authorization: Bearer ${SECRET}\nX-Run: 7\n`)
    const { code, text } = said(await push(['--to', `${sink.url}/in`, '--header-file', headers, '--method', 'POST']))
    expect([code, text]).toEqual([0, expect.stringContaining('COMPLETED')])
    expect(text).toContain('this node has not seen it')
    expect(text).not.toContain(SECRET)
    expect(sink.files).toHaveLength(5)
    expect(sink.files[0]).toMatchObject({
      method: 'POST',
      headers: { authorization: `Bearer ${SECRET}`, 'x-run': '7' },
    })
  })

  it('bring the files into a bucket with the keys of a file or of the environment', async () => {
    const { accessKeyId, secretAccessKey } = S3_KEYS
    const keys = fileOf('keys.yaml', JSON.stringify(S3_KEYS))
    const args = ['--to', 's3://lab-in/a/b', '--endpoint', bucket.endpoint]
    const environment = { ...NO_KEYS, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
    for (const [more, env] of [
      [['--key-file', keys], NO_KEYS],
      [[], environment],
    ] as const) {
      expect(said(await push([...args, ...more], env))).toMatchObject({
        code: 0,
        text: expect.stringContaining('s3://lab-in at '),
      })
      expect([...bucket.objects.keys()]).toContain('/lab-in/a/b/manifest.dsse.json')
      bucket.objects.clear()
    }
  })

  it('say what is wrong with the storage, and take no secret that others can read', async () => {
    const wrong: [readonly string[], RegExp][] = [
      [[], /--to and --presigned/],
      [['--to', 's3://lab-in'], /keys of the bucket are missing/],
      [['--to', 'ftp://x.example'], /not described well: url/],
      [['--to', sink.url, '--header-file', fileOf('open.txt', 'a: b', 0o644)], /mode 0644/],
      [['--to', sink.url, '--header-file', fileOf('bad.txt', `Bearer ${SECRET}`)], /line 1 .* no header/],
      [['--to', 's3://lab-in', '--key-file', fileOf('bad.yaml', `a: [${SECRET}`)], /neither YAML nor JSON/],
      [['--to', 's3://lab-in', '--key-file', fileOf('odd.yaml', `a: ${SECRET}`)], /expected form/],
    ]
    for (const [args, reason] of wrong) {
      const { code, text } = said(await push(args))
      expect([code, text]).toEqual([3, expect.stringMatching(reason)])
      expect(text).not.toContain(SECRET)
    }
  }, 40_000)

  it('show transfers with the receipts that exist, and the missing one as missing', async () => {
    const shown = async () => said(await at(lab, ['exchange', 'show', exchange])).text
    await expect.poll(shown).toContain('start co-signed, arrival missing')
    expect((await shown()).match(/s3:\/\/lab-in at/g)).toHaveLength(2)
    const { exchanges } = await bureau.api.get(
      '/exchanges',
      z.object({ exchanges: z.array(z.object({ pid: z.string() })) }),
    )
    const provider = said(await at(bureau, ['exchange', 'show', exchanges[0]?.pid ?? ''])).text
    expect(provider).toContain('5 files')
    expect(provider).not.toContain(SECRET)
  })

  it('leave the consumer what an audit of the exchange needs', async () => {
    const audited = async () => {
      const bundle = join(root, 'evidence')
      rmSync(bundle, { recursive: true, force: true })
      const exported = await at(lab, ['audit', 'export', agreement, '--out', bundle])
      return exported.code === 0 ? (await at(lab, ['audit', 'verify', bundle])).code : exported.code
    }
    await expect.poll(audited).toBe(0)
  })

  it('can rest, go on and be cancelled while the storage takes nothing', async () => {
    sink.misbehave = () => true
    const started = await push(['--to', sink.url, '--no-wait'])
    expect(started.code).toBe(0)
    const pid = /urn:uuid:\S+/.exec(started.out)?.[0] ?? ''
    const state = async () => (await lab.api.get(`/transfers/${encodeURIComponent(pid)}`, Transfer)).state
    await expect.poll(state).toBe('STARTED')
    const suspended = await at(lab, ['exchange', 'suspend', pid, '--reason', 'the storage is full'])
    expect([suspended.code, suspended.out]).toEqual([0, expect.stringContaining('suspension')])
    await expect.poll(state).toBe('SUSPENDED')
    expect(said(await at(lab, ['exchange', 'show', exchange])).text).toContain('the storage is full')
    expect((await at(lab, ['exchange', 'resume', pid])).code).toBe(0)
    await expect.poll(state).toBe('STARTED')
    expect((await at(lab, ['copy', 'cancel', pid, '--reason', 'wrong address'])).code).toBe(0)
    await expect.poll(state).toBe('TERMINATED')
  })
})
