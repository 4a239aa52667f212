import { hash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import type { BundleReader } from '../../protocol/ledger/verify-bundle/bundle.ts'
import { refuse } from '../../protocol/refusal.ts'

/** SHA-256 of OpenSSL. */
export const sha256Fast = (bytes: Uint8Array): Uint8Array => new Uint8Array(hash('sha256', bytes, 'buffer'))

/** Files of a folder, for offline verification. Refuses a folder that cannot be read. */
export function openFolder(folder: string): BundleReader {
  return {
    list: async () => {
      const entries = readFolder(folder).filter((entry) => entry.isFile())
      return entries.map((entry) =>
        join(entry.parentPath, entry.name).slice(join(folder, sep).length).split(sep).join('/'),
      )
    },
    read: async (path) => {
      try {
        return new Uint8Array(readFileSync(join(folder, ...path.split('/'))))
      } catch {
        return undefined
      }
    },
  }
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
  } catch {
    return refuse('not-found', 'the folder cannot be read', 'Give the folder of an unpacked audit bundle or of a log.')
  }
}

/** Creates the folder of a new bundle; refuses one that has something in it. */
export function createBundleFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (readdirSync(folder).length > 0)
    refuse('conflict', 'the folder for the bundle is not empty', 'Name a folder that does not exist yet.')
}

/** Writes a file of a bundle; refuses a path that would lie outside the folder. */
export function writeBundleFile(folder: string, path: string, bytes: Uint8Array): void {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes(sep)))
    refuse('peer-refused', 'the node named a file outside the bundle', 'Do not use what was exported so far.')
  const target = join(folder, ...parts)
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, bytes, { mode: 0o600 })
}
