import { constants } from 'node:fs'
import { link, mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refused, refuse } from '../../../protocol/refusal.ts'

const ownerOnly = 0o600
const others = 0o077

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

/** Content of a file that only its owner may touch; undefined when there is none. `name` is for refusals. */
export async function readSecretFile(path: string, name: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (isMissing(error)) return undefined
    throw new Refused(
      {
        code: 'setting-invalid',
        detail: `${name} cannot be read`,
        hint: 'It must be a plain file owned by the user of the node.',
      },
      { cause: error },
    )
  })
  if (file === undefined) return undefined
  try {
    const { mode } = await file.stat()
    if ((mode & others) !== 0) {
      refuse(
        'setting-invalid',
        `${name} has mode ${(mode & 0o777).toString(8).padStart(4, '0')}; others than its owner may use it`,
        'Run chmod 600 on it, and replace what is in it if others could have read it.',
      )
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Writes a new file of mode 0600, seen whole or not at all; throws EEXIST rather than replace one. */
export async function writeSecretFile(path: string, content: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.new`
  await rm(draft, { force: true })
  const file = await open(draft, 'wx', ownerOnly)
  try {
    await file.chmod(ownerOnly)
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    await link(draft, path)
  } finally {
    await rm(draft, { force: true })
  }
  const folder = await open(dirname(path), constants.O_RDONLY)
  await folder.sync()
  await folder.close()
}
