import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import * as z from 'zod'
import { freePort } from '../free-port.ts'
import { guardedConnectTarget } from '../../node/adapters/http-fetch/guarded-http-client.ts'
import { threadWorkers } from '../../node/adapters/workers-threads/thread-workers.ts'
import { composeDatasets } from '../../node/composition/datasets.ts'
import { composeExchange } from '../../node/composition/exchange.ts'
import { composeIdentity } from '../../node/composition/identity.ts'
import { composeLedger } from '../../node/composition/ledger.ts'
import { openPorts } from '../../node/composition/ports.ts'
import { blobsFolder } from '../../node/config/data-folder.ts'
import { loadSettings } from '../../node/config/load.ts'
import type { PullTask, PullTaskResult } from '../../node/ports/pull-task.ts'
import { CopyRecord } from '../../schemas/copies.ts'
import { DatasetUpload } from '../../schemas/dataset-requests.ts'
import { DatasetRecord, type Resource } from '../../schemas/datasets.ts'
import { Did } from '../../schemas/ids.ts'
import { createNetwork, type NetworkNode } from '../../test/network/create-network.ts'
import { joinAll, requestExchange } from '../../test/network/exchange-helpers.ts'
import { showSpread, spread } from './rounds.ts'

const ROUNDS = 7
const TEXT = 4000
const ROWS = 358_000

/** Lines of random text that no compression makes smaller than three quarters: about 1 GiB of Parquet. */
function* wideRows(): Generator<string> {
  for (let row = 0; row < ROWS; row += 1) {
    yield `{"text":"${randomBytes((TEXT * 3) / 4).toString('base64url')}"}\n`
  }
}

async function publishGigabyte(node: NetworkNode): Promise<DatasetRecord> {
  const content = Readable.from(wideRows())
  const { uploadId } = await node.api.upload('/datasets/uploads', content, { schema: DatasetUpload })
  const draft = {
    name: 'gigabyte',
    title: 'Random text',
    description: 'Made for a benchmark.',
    subject: 'public',
    columns: [{ name: 'text', type: 'string' }],
  }
  const request = { uploadId, format: 'jsonl', draft }
  const { id } = await node.api.follow('/datasets', request, { schema: DatasetRecord })
  await node.api.follow(`/datasets/${id}/evaluation`, {}, { schema: z.unknown() })
  return node.api.post(`/datasets/${id}/publish`, { offers: [{}] }, DatasetRecord)
}

/** Starts a transfer under the agreement as `copy pull` does, and gives where its bytes are. */
async function dataAccess(consumer: NetworkNode, agreement: string) {
  const settings = loadSettings(consumer.dataDir)
  const node = { did: Did.parse(consumer.did), settings }
  const ports = await openPorts({ dataDir: consumer.dataDir, settings })
  const { ledger } = composeLedger(ports, node)
  const identity = composeIdentity(ports, { ...node, ledger })
  const datasets = composeDatasets(ports, { ...node, ...identity, ledger })
  const { transfers } = composeExchange(ports, { ...node, ...identity, datasets })
  const { pid } = await transfers.start(agreement)
  const access = await transfers.dataAddress(pid)
  return { ...access, settings, close: () => ports.db.close() }
}

interface Reference {
  readonly name: string
  readonly url: string
  stop(): void
}

/** nginx with sendfile and one worker; where it is not installed, the static server of Python. */
async function startReference(file: string, folder: string): Promise<Reference> {
  const port = await freePort()
  const config = join(folder, 'nginx.conf')
  const user = process.getuid?.() === 0 ? 'user root;' : ''
  writeFileSync(
    config,
    `${user} worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log;
events { worker_connections 64; }
http { access_log off; sendfile on; tcp_nopush on; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${dirname(file)}; } }`,
  )
  const hasNginx = works('nginx', ['-v'])
  const child = hasNginx
    ? spawn('nginx', ['-c', config, '-p', folder], { stdio: 'ignore' })
    : spawn('python3', ['-m', 'http.server', String(port), '--bind', '127.0.0.1', '-d', dirname(file)], {
        stdio: 'ignore',
      })
  const url = `http://127.0.0.1:${port}/${basename(file)}`
  for (let attempt = 0; attempt < 500 && !works('curl', ['-sfI', url]); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return { name: hasNginx ? 'nginx' : 'python3 -m http.server', url, stop: () => void child.kill() }
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

interface OwnPull {
  readonly access: Awaited<ReturnType<typeof dataAccess>>
  readonly resource: Resource
  readonly folder: string
}

/** The worker task of `copy pull` on a file that exists already, its journal forgotten. */
async function pullOnce({ access, resource, folder }: OwnPull): Promise<number> {
  const { endpoint, authorization, settings } = access
  const journalPath = join(folder, 'pulled.chunks')
  rmSync(journalPath, { force: true })
  const started = performance.now()
  const leaves = await fetch(`${endpoint}/${resource.name}.leaves`, { headers: { authorization } })
  const task: PullTask = {
    target: await guardedConnectTarget(`${endpoint}/${resource.name}`, settings),
    authorization,
    leaves: new Uint8Array(await leaves.arrayBuffer()),
    size: resource.size,
    chunk: resource.tree.chunk,
    partialPath: join(folder, 'pulled'),
    journalPath,
    idleMs: 10_000,
  }
  const result = await threadWorkers.run<PullTaskResult>('pull', task)
  if (result.kind !== 'complete') throw new Error(`the pull ended: ${JSON.stringify(result)}`)
  return (performance.now() - started) / 1000
}

function referenceOnce({ url }: Reference): number {
  const started = performance.now()
  execFileSync('sh', ['-c', `curl -s ${url} | openssl dgst -sha256`], { stdio: 'ignore' })
  return (performance.now() - started) / 1000
}

/** Whole `copy pull` into new files: transfer, manifest, log proof, bytes, arrival. */
async function copyPull(consumer: NetworkNode, agreement: string): Promise<number> {
  const started = performance.now()
  const { id } = await consumer.api.post('/copies', { agreement }, CopyRecord)
  const copy = await consumer.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
  if (copy.state !== 'complete') throw new Error(`the copy ended ${copy.state}`)
  return (performance.now() - started) / 1000
}

/** A 1 GiB file from a node, every chunk verified and synced to disk, beside curl piped into openssl from nginx. */
export async function run(): Promise<Record<string, unknown>> {
  const network = await createNetwork(['authority', 'bureau', 'lab'])
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-bench-'))
  try {
    await joinAll(network)
    const [bureau, lab] = [network.node('bureau'), network.node('lab')]
    console.log('making a dataset of about 1 GiB …')
    const dataset = await publishGigabyte(bureau)
    const [resource] = dataset.resources
    const agreement = (await requestExchange(lab, bureau, { dataset: dataset.id })).agreement?.['@id']
    if (resource === undefined || agreement === undefined) throw new Error('no dataset was agreed on')
    const whole = await copyPull(lab, agreement)
    console.log(`copy pull into new files, once, everything included: ${whole.toFixed(2)} s`)
    const path = join(bureau.dataDir, blobsFolder, 'datasets', dataset.id.slice('urn:uuid:'.length), resource.name)
    const reference = await startReference(path, folder)
    const access = await dataAccess(lab, agreement)
    return await measure({ access, resource, folder }, reference)
  } finally {
    await network[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(own: OwnPull, reference: Reference): Promise<Record<string, unknown>> {
  const gigabytes = own.resource.size / 1e9
  try {
    await pullOnce(own)
    referenceOnce(reference)
    const ours: number[] = []
    const theirs: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      ours.push(gigabytes / (await pullOnce(own)))
      theirs.push(gigabytes / referenceOnce(reference))
    }
    const ratios = ours.map((value, round) => value / (theirs[round] ?? Number.NaN))
    console.log(
      `one file of ${statSync(join(own.folder, 'pulled')).size} bytes, ${ROUNDS} rounds, alternating, files rewritten`,
    )
    console.log(`tanemaki pull, verified and synced: ${showSpread(spread(ours))} GB/s`)
    console.log(`curl | openssl dgst -sha256 from ${reference.name}, not written: ${showSpread(spread(theirs))} GB/s`)
    console.log(`ratio of the rounds: ${showSpread(spread(ratios))}`)
    return { ratio: spread(ratios).median, gbPerSecond: spread(ours).median, reference: reference.name }
  } finally {
    reference.stop()
    own.access.close()
  }
}
