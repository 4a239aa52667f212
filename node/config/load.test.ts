import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Refused } from '../../protocol/refusal.ts'
import { Settings } from '../../schemas/config.ts'
import { environmentName } from './env.ts'
import { loadSettings } from './load.ts'

describe('the settings of a node', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'settings-'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  const write = (content: unknown) => writeFileSync(join(folder, 'tanemaki.json'), JSON.stringify(content))
  const refusal = () => {
    try {
      loadSettings(folder)
    } catch (error) {
      if (error instanceof Refused) return error.refusal
    }
    return expect.fail('the settings were accepted')
  }

  it('come from the file, and the environment overrides them', () => {
    write({ name: 'Bureau', publicPort: 7601 })
    vi.stubEnv('TANEMAKI_PUBLIC_PORT', '7999')
    expect(loadSettings(folder)).toMatchObject({ name: 'Bureau', publicPort: 7999, chunkSize: 1024 * 1024 })
  })

  it('refuse an unknown name in the file and suggest the nearest', () => {
    write({ publicPrt: 7601 })
    expect(refusal()).toMatchObject({ code: 'setting-unknown', detail: 'there is no setting publicPrt' })
    expect(refusal().hint).toContain('publicPort')
  })

  it('refuse an unknown variable of the environment', () => {
    write({})
    vi.stubEnv('TANEMAKI_LOG_LEVLE', 'info')
    expect(refusal()).toMatchObject({ code: 'setting-unknown' })
    expect(refusal().hint).toContain('TANEMAKI_LOG_LEVEL')
  })

  it('refuse a wrong value and name its place', () => {
    write({ chunkSize: 20_000 })
    expect(refusal()).toMatchObject({ code: 'setting-invalid', errors: [{ path: 'chunkSize' }] })
  })

  it('say how to create a node where there is none', () => {
    expect(refusal()).toMatchObject({ code: 'node-not-initialised' })
  })

  it('do not quote a file that is not JSON', () => {
    writeFileSync(join(folder, 'tanemaki.json'), '{"name": secret-value')
    expect(refusal().code).toBe('setting-invalid')
    expect(JSON.stringify(refusal())).not.toContain('secret-value')
  })

  it('are each described', () => {
    for (const [name, schema] of Object.entries(Settings.shape)) {
      expect(schema.description, `${name} (${environmentName(name)})`).toMatch(/\w{3,}/)
    }
  })
})
