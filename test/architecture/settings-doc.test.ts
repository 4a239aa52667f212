import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { settingsPage } from '../../scripts/generate-settings-doc.ts'

describe('docs/settings.md', () => {
  it('says of every setting what its schema says; run node scripts/generate-settings-doc.ts', () => {
    expect(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')).toBe(settingsPage())
  })
})
