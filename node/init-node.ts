import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Settings } from '../schemas/config.ts'
import type { Did } from '../schemas/ids.ts'
import { placesOf, refuse, Refused } from '../protocol/refusal.ts'
import { createFileKeys } from './adapters/keys-file/file-keys.ts'
import { openDatabase } from './adapters/sqlite/open.ts'
import { systemRandom } from './adapters/system/system-random.ts'
import { nodeDid } from './composition/node-did.ts'
import { databaseFile, managementKeyFile, nodeKeyFile } from './config/data-folder.ts'
import { configurationFile } from './config/load.ts'

const managementKeyBytes = 32

/** Creates a node's data folder: configuration, node key, signing keys, management key and an empty store. */
export async function initialiseNode(
  dataDir: string,
  given: Readonly<Record<string, string>>,
): Promise<{ did: Did; settings: Settings }> {
  if (existsSync(join(dataDir, configurationFile))) {
    refuse('conflict', 'there is a node in this data folder already', 'Name another folder with --data.')
  }
  const settings = parseSettings(given)
  const did = nodeDid(settings)
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const managementKey = Buffer.from(systemRandom.bytes(managementKeyBytes)).toString('base64url')
  await writeFile(join(dataDir, managementKeyFile), `${managementKey}\n`, { mode: 0o600, flag: 'wx' })
  await createFileKeys(settings.keyFile ?? join(dataDir, nodeKeyFile), dataDir)
  openDatabase(join(dataDir, databaseFile)).close()
  await writeFile(join(dataDir, configurationFile), `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx' })
  return { did, settings }
}

function parseSettings(given: Readonly<Record<string, string>>): Settings {
  const parsed = Settings.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Refused({
    code: 'setting-invalid',
    detail: 'one or more settings are not valid',
    hint: 'See `tanemaki node init --help` for every setting and its form.',
    errors: placesOf(parsed.error),
  })
}
