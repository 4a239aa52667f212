import { type Stats, statSync, statfsSync } from 'node:fs'
import { join } from 'node:path'
import { Refused } from '../../protocol/refusal.ts'
import { databaseFile, managementKeyFile, nodeKeyFile } from '../config/data-folder.ts'
import { loadSettings } from '../config/load.ts'

export interface Finding {
  readonly check: string
  readonly verdict: 'pass' | 'warn' | 'fail'
  readonly evidence: string
}

const leastFreeBytes = 1024 ** 3

/** Offline look at the machine and the data folder. */
export async function diagnose(dataDir: string): Promise<Finding[]> {
  return [
    nodeVersion(),
    settings(dataDir),
    secretFile(dataDir, nodeKeyFile),
    secretFile(dataDir, managementKeyFile),
    present(dataDir, databaseFile),
    freeSpace(dataDir),
  ]
}

function nodeVersion(): Finding {
  const major = Number(process.versions.node.split('.')[0])
  return { check: 'Node.js 24 or newer', verdict: major >= 24 ? 'pass' : 'fail', evidence: process.versions.node }
}

function settings(dataDir: string): Finding {
  try {
    const { publicUrl } = loadSettings(dataDir)
    return { check: 'settings', verdict: 'pass', evidence: publicUrl }
  } catch (error) {
    const evidence = error instanceof Refused ? `${error.refusal.detail}. ${error.refusal.hint}` : 'cannot be read'
    return { check: 'settings', verdict: 'fail', evidence }
  }
}

function fileStats(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

function secretFile(dataDir: string, name: string): Finding {
  const stats = fileStats(join(dataDir, name))
  if (stats === undefined) return { check: name, verdict: 'fail', evidence: 'missing; run tanemaki node init' }
  const mode = (stats.mode & 0o777).toString(8)
  return mode === '600'
    ? { check: name, verdict: 'pass', evidence: 'mode 600' }
    : { check: name, verdict: 'fail', evidence: `mode ${mode}; others could read it: chmod 600` }
}

function present(dataDir: string, name: string): Finding {
  const stats = fileStats(join(dataDir, name))
  return stats === undefined
    ? { check: name, verdict: 'fail', evidence: 'missing; run tanemaki node init' }
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
