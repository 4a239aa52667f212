import { spawn } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../free-port.ts'
import { openKit } from '../maven.ts'
import { createManagement, type Management } from './management.ts'

const VERSION = '0.15.1'
const START_MS = 90_000

/** A running Eclipse EDC connector: control plane, mock identity, data plane, everything in the memory of one process. */
export interface Edc extends AsyncDisposable {
  readonly version: string
  readonly participantId: string
  /** Base URL of its protocol endpoints, version included. */
  readonly address: string
  readonly management: Management
}

export interface EdcOptions {
  readonly participantId: string
  /** What it names as the endpoint of pulls from it. */
  readonly publicEndpoint: string
}

/** Starts the connector from its published artifacts. Throws KitUnavailable where they cannot be had. */
export async function startEdc({ participantId, publicEndpoint }: EdcOptions): Promise<Edc> {
  const home = openKit({
    name: 'tanemaki-edc',
    version: VERSION,
    folder: fileURLToPath(new URL('.', import.meta.url)),
    sources: ['RunExtension.java'],
    services: { 'org.eclipse.edc.spi.system.ServiceExtension': 'RunExtension' },
  })
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-edc-'))
  const ports = await portsOf(['default', 'management', 'protocol', 'control'])
  const settings: Record<string, string | number> = {
    'edc.participant.id': participantId,
    'edc.dsp.callback.address': `http://localhost:${ports['protocol']}/protocol`,
    'edc.control.endpoint': `http://localhost:${ports['control']}/control`,
    'edc.transfer.proxy.token.signer.privatekey.alias': 'private-key',
    'edc.transfer.proxy.token.verifier.publickey.alias': 'public-key',
    // Otherwise it takes no policy with a word that it has no function for, and evaluates those that it takes.
    'edc.policy.validation.enabled': 'false',
    'run.public.endpoint': publicEndpoint,
    ...endpointSettings(ports),
    ...patience(),
  }
  const properties = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(join(folder, 'edc.properties'), properties.join(''))
  const log = join(folder, 'edc.log')
  const options = [`-Dedc.fs.config=${join(folder, 'edc.properties')}`, '-Xmx512m']
  const classes = `${home}/classes:${home}/lib/*`
  const main = 'org.eclipse.edc.boot.system.runtime.BaseRuntime'
  const child = spawn('java', [...options, '-cp', classes, main], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = createWriteStream(log)
  for (const stream of [child.stdout, child.stderr]) stream.pipe(output, { end: false })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready(log, () => child.exitCode !== null)
    const management = createManagement(`http://localhost:${ports['management']}/management/v3`)
    const address = `http://localhost:${ports['protocol']}/protocol/2025-1`
    return { version: VERSION, participantId, address, management, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function portsOf(names: readonly string[]): Promise<Record<string, number>> {
  const ports: Record<string, number> = {}
  for (const name of names) ports[name] = await freePort()
  return ports
}

function endpointSettings(ports: Readonly<Record<string, number>>): Record<string, string | number> {
  const settings: Record<string, string | number> = {}
  for (const [name, port] of Object.entries(ports)) {
    const prefix = name === 'default' ? 'web.http' : `web.http.${name}`
    settings[`${prefix}.port`] = port
    settings[`${prefix}.path`] = name === 'default' ? '/api' : `/${name}`
  }
  return settings
}

/** Pauses between two looks of its state machines at what is to do, in ms; its default is a second. */
function patience(): Record<string, number> {
  const machines = ['negotiation.consumer', 'negotiation.provider', 'transfer', 'dataplane']
  return Object.fromEntries(machines.map((machine) => [`edc.${machine}.state-machine.iteration-wait-millis`, 50]))
}

async function ready(log: string, stopped: () => boolean): Promise<void> {
  for (let waited = 0; waited < START_MS; waited += 100) {
    await sleep(100)
    const text = readFileSync(log, 'utf8')
    if (/Runtime \S+ ready/.test(text)) return
    if (stopped()) throw new Error(`the connector did not start: ${text.slice(-3000)}`)
  }
  throw new Error(`the connector was not ready after ${START_MS / 1000} s`)
}
