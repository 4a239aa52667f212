import { type Stats, statSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from '../../protocol/refusal.ts'
import type { Settings } from '../../schemas/config.ts'
import { databaseFile, managementKeyFile, nodeKeyFile } from '../config/data-folder.ts'
import { configurationFile, loadSettings } from '../config/load.ts'

export interface Finding {
  readonly check: string
  readonly verdict: 'pass' | 'warn' | 'fail'
  readonly evidence: string
}

const leastFreeBytes = 1024 ** 3

/** Offline look at the machine and the data folder. */
export async function diagnose(dataDir: string): Promise<Finding[]> {
  const configured = configuration(dataDir)
  const keyFile = 'finding' in configured ? undefined : configured.keyFile
  const folder: Folder = { dataDir, begun: fileStats(join(dataDir, configurationFile)) !== undefined }
  return [
    nodeVersion(),
    'finding' in configured
      ? configured.finding
      : { check: 'settings', verdict: 'pass', evidence: configured.publicUrl },
    secretFile(folder, keyFile === undefined ? [nodeKeyFile, join(dataDir, nodeKeyFile)] : ['node key', keyFile]),
    secretFile(folder, [managementKeyFile, join(dataDir, managementKeyFile)]),
    present(folder, databaseFile),
    freeSpace(dataDir),
  ]
}

interface Folder {
  readonly dataDir: string
  /** Whether a node was made here, which cannot be made again. */
  readonly begun: boolean
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return { check: 'Node.js 24 or newer', verdict: major >= 24 ? 'pass' : 'fail', evidence: process.versions.node }
}

function configuration(dataDir: string): Settings | { finding: Finding } {
  try {
    return loadSettings(dataDir)
  } catch (error) {
    const evidence = error instanceof Refused ? `${error.refusal.detail}. ${error.refusal.hint}` : 'cannot be read'
    return { finding: { check: 'settings', verdict: 'fail', evidence } }
  }
}

function fileStats(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function missing({ begun }: Folder): string {
  return begun ? 'missing; put it back from a backup' : 'missing; run tanemaki node init'
}

function secretFile(folder: Folder, [check, path]: readonly [string, string]): Finding {
  const stats = fileStats(path)
  if (stats === undefined) return { check, verdict: 'fail', evidence: missing(folder) }
  const mode = (stats.mode & 0o777).toString(8)
  return mode === '600'
    ? { check, verdict: 'pass', evidence: 'mode 600' }
    : { check, verdict: 'fail', evidence: `mode ${mode}; others could read it: chmod 600` }
}

function present(folder: Folder, name: string): Finding {
  const stats = fileStats(join(folder.dataDir, name))
  return stats === undefined
    ? { check: name, verdict: 'fail', evidence: missing(folder) }
    : { check: name, verdict: 'pass', evidence: `${stats.size} bytes` }
}

function freeSpace(dataDir: string): Finding {
  try {
    const { bavail, bsize } = statfsSync(dataDir)
    const free = bavail * bsize
    const evidence = `${(free / 1024 ** 3).toFixed(1)} GiB free`
    return { check: 'disk space', verdict: free < leastFreeBytes ? 'warn' : 'pass', evidence }
  } catch {
    return { check: 'disk space', verdict: 'fail', evidence: 'the data folder does not exist' }
  }
}
