import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { checkBoundaries, violationsOf } from '../../scripts/check-boundaries.ts'
import { importRules } from '../../scripts/import-rules.ts'

const planted: Readonly<Record<string, readonly [file: string, source: string]>> = {
  'schemas import zod only': ['schemas/policy.ts', `import { SignJWT } from 'jose'`],
  'protocol imports schemas, noble and jose only': [
    'protocol/ledger/tiles.ts',
    `import { readFileSync } from 'node:fs'`,
  ],
  'ports and telemetry know no slice': ['node/ports/clock.ts', `import type { Ledger } from '../ledger/operations.ts'`],
  'config knows settings and refusals only': ['node/config/load.ts', `import { Hono } from 'hono'`],
  'slices import schemas, protocol, ports, telemetry and another slice through its operations': [
    'node/catalog/operations.ts',
    `import type { DatasetsStore } from '../datasets/store.ts'`,
  ],
  'only routes and pages use http and ui': ['node/catalog/operations.ts', `import { Hono } from 'hono'`],
  'the Dataspace Protocol knows who calls, and no other slice': [
    'node/dsp/planted.ts',
    `import type { Catalogs } from '../catalog/operations.ts'`,
  ],
  'adapters import ports, stores, schemas and drivers': [
    'node/adapters/sqlite/catalog-store.ts',
    `import { createCatalog } from '../../catalog/operations.ts'`,
  ],
  'drivers in adapters only': ['node/ledger/store.ts', `import { sql } from 'drizzle-orm'`],
  'adapters are chosen in the composition root only': [
    'node/ledger/sequencer.ts',
    `export { openDatabase } from '../adapters/sqlite/open.ts'`,
  ],
  'only main and the CLI create nodes': ['node/app.ts', `const { createNode } = await import('./create-node.ts')`],
  'nothing imports test or scripts': ['node/app.ts', `import { sharedPath } from '../test/shared-material.ts'`],
  'the demo drives the CLI alone': ['scripts/demo/main.ts', `import { Refused } from '../../protocol/refusal.ts'`],
}

describe('the import rules of the house', () => {
  it.each(importRules.map((rule) => rule.name))('finds a planted violation of "%s"', (name) => {
    const [file, source] = planted[name] ?? expect.fail('every rule needs a planted violation')
    expect(violationsOf(file, source).some((violation) => violation.startsWith(`${name}: `))).toBe(true)
  })

  it('holds for every source file, and reads as many files as exist', () => {
    const { exist, read, violations } = checkBoundaries(fileURLToPath(new URL('../..', import.meta.url)))
    expect(violations).toEqual([])
    expect(read).toBe(exist)
    expect(read).toBeGreaterThan(50)
  })

  it('notices source files in a folder that the rules do not know', () => {
    const root = mkdtempSync(join(tmpdir(), 'boundaries-'))
    for (const file of ['protocol/a.ts', 'elsewhere/b.ts']) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), 'export const one = 1\n')
    }
    expect(checkBoundaries(root)).toMatchObject({ exist: 2, read: 1 })
    rmSync(root, { recursive: true })
  })
})
