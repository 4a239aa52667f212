import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBlobs } from '../../../node/adapters/blobs-fs/blobs-fs.ts'
import { createFileKeys, openFileKeys } from '../../../node/adapters/keys-file/file-keys.ts'
import { writeEffects } from '../../../node/adapters/sqlite/commit.ts'
import { createLedgerStore } from '../../../node/adapters/sqlite/ledger-store.ts'
import { type Database, openDatabase } from '../../../node/adapters/sqlite/open.ts'
import { rowHashing } from '../../../node/adapters/system/row-hashing.ts'
import { systemClock } from '../../../node/adapters/system/system-clock.ts'
import { createLedger, type Ledger } from '../../../node/ledger/operations.ts'
import { silentLogger } from '../../../node/telemetry/logger.ts'
import { receiptLeaf } from '../../../protocol/ledger/leaf.ts'

/** Around every boundary of tiles and levels. */
const SIZES = [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 70_000]
const program = fileURLToPath(new URL('.', import.meta.url))

/**
 * Grows a log of this project through the sizes and lets golang.org/x/mod/sumdb verify each, then one changed byte of each
 * kind of file, which it must refuse. Needs Go 1.25 and, the first time, the Go module proxy.
 */
export async function tlogConformance(): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), 'tanemaki-tlog-'))
  try {
    const verifier = join(root, 'verifier')
    const built = spawnSync('go', ['build', '-o', verifier, '.'], { cwd: program, stdio: 'inherit' })
    if (built.status !== 0) throw new Error('the Go program could not be built; is Go 1.25 installed?')
    const { db, ledger, folder } = await openLog(root)
    const judge = async (label: string, expected: boolean) => {
      const { status, stdout } = spawnSync(verifier, ['-dir', folder, '-vkey', await ledger.vkey()], {
        encoding: 'utf8',
      })
      const asExpected = (status === 0) === expected
      console.log(`${asExpected ? 'ok  ' : 'BAD '} ${label}: ${stdout.trim()}`)
      return asExpected
    }
    let good = true
    for (const size of SIZES) {
      await grow(db, ledger, size)
      await writeOlderCheckpoints(ledger, folder)
      good = (await judge(`${size} leaves`, true)) && good
    }
    for (const path of ['checkpoint', 'tile/0/007', 'tile/1/000', 'tile/entries/100', 'checkpoint.d/256']) {
      const bytes = readFileSync(join(folder, path))
      const at = Math.floor(bytes.length / 3)
      writeFileSync(join(folder, path), bytes.with(at, (bytes[at] ?? 0) ^ 1))
      good = (await judge(`one byte of ${path} changed`, false)) && good
      writeFileSync(join(folder, path), bytes)
    }
    db.close()
    return (await judge('unchanged again', true)) && good
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

async function openLog(root: string): Promise<{ db: Database; ledger: Ledger; folder: string }> {
  await createFileKeys(join(root, 'node.key'), root)
  const db = openDatabase(join(root, 'log.sqlite'))
  const ledger = createLedger({
    store: createLedgerStore(db),
    blobs: await openBlobs(join(root, 'files')),
    keys: await openFileKeys(join(root, 'node.key'), root),
    clock: systemClock,
    log: silentLogger,
    hash: rowHashing.sha256,
    publicUrl: 'https://conformance.example',
  })
  return { db, ledger, folder: join(root, 'files', 'ledger') }
}

async function grow(db: Database, ledger: Ledger, size: number): Promise<void> {
  const from = (await ledger.status()).size
  const leaves = Array.from({ length: size - from }, (_, at) => {
    const commitment = rowHashing.sha256(new TextEncoder().encode(`leaf ${from + at}`))
    return receiptLeaf(`leaf ${from + at}`, commitment)
  })
  await db.transaction(() => writeEffects(db, { effects: { leaves }, now: systemClock.now() }))
  await ledger.settle()
}

async function writeOlderCheckpoints(ledger: Ledger, folder: string): Promise<void> {
  mkdirSync(join(folder, 'checkpoint.d'), { recursive: true })
  for (const { size, checkpoint } of await ledger.heads(32, Number.MAX_SAFE_INTEGER))
    writeFileSync(join(folder, 'checkpoint.d', String(size)), checkpoint)
}
