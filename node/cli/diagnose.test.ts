import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { initialiseNode } from '../init-node.ts'
import { diagnose } from './diagnose.ts'

describe('node doctor', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'tanemaki-doctor-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const settings = { name: 'bureau', publicUrl: 'https://bureau.example' }
  const failures = async (dataDir: string) => (await diagnose(dataDir)).filter(({ verdict }) => verdict === 'fail')

  it('finds nothing wrong with a new node, also when its key lies elsewhere', async () => {
    const keyFile = join(root, 'elsewhere.key')
    await initialiseNode(join(root, 'node'), { ...settings, keyFile })
    expect(await failures(join(root, 'node'))).toEqual([])
    rmSync(keyFile)
    expect(await failures(join(root, 'node'))).toMatchObject([{ check: 'node key' }])
  })

  it('does not send anyone whose node lost its key to make another one', async () => {
    const dataDir = join(root, 'node')
    await initialiseNode(dataDir, settings)
    renameSync(join(dataDir, 'node.key'), join(root, 'backup'))
    const [finding, ...others] = await failures(dataDir)
    expect(finding?.evidence).toContain('backup')
    expect(finding?.evidence).not.toContain('node init')
    expect(others).toEqual([])
  })

  it('says how to begin where there is no node', async () => {
    expect((await failures(join(root, 'none'))).map(({ evidence }) => evidence).join(' ')).toContain('node init')
  })
})
