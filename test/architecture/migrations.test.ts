import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the migrations', () => {
  it('build exactly the tables that the code declares', () => {
    const copy = mkdtempSync(`${root}/node_modules/.cache-migrations-`)
    cpSync(`${root}/node/adapters/sqlite/migrations`, copy, { recursive: true })
    const output = execFileSync(
      process.execPath,
      [
        'node_modules/drizzle-kit/bin.cjs',
        'generate',
        '--dialect=sqlite',
        '--schema=./node/adapters/sqlite/tables/*.ts',
        `--out=${relative(root, copy)}`,
      ],
      { cwd: root, encoding: 'utf8' },
    )
    rmSync(copy, { recursive: true })
    expect(output).toContain('No schema changes')
  })
})
