import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { PushProgress } from '../../schemas/pushes.ts'
import { builtCli } from '../built.ts'
import type { NetworkNode } from '../network/create-network.ts'
import { DOCUMENTS, partPath, pushScene } from '../network/push-scene.ts'

/** Runs the node as a process of its own, as users do; gives what ends it with SIGKILL. */
async function asProcess(node: NetworkNode): Promise<() => Promise<void>> {
  await node.stop()
  const child = spawn(process.execPath, [builtCli, '--data', node.dataDir, 'node', 'start'], { stdio: 'ignore' })
  const answers = () =>
    node.api.get('/node', z.unknown()).then(
      () => true,
      () => false,
    )
  await expect.poll(answers).toBe(true)
  return async () => {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
}

describe('a push that does not go through at once', () => {
  const scene = pushScene()
  const { published, agree, push, ended, atProvider, providerPid, names, say } = scene

  it('goes on after the provider was killed, and sends no file again that was acknowledged (P3)', async () => {
    const dataset = await published({ rows: 6000, rowsPerPart: 1000 })
    const agreement = await agree(dataset)
    const killed = await asProcess(scene.bureau)
    const started = await push(agreement)
    const acknowledged = async () => {
      const { files } = await scene.bureau.api.get(
        `/transfers/${encodeURIComponent(await providerPid(started))}/files`,
        PushProgress,
      )
      return files.filter((file) => file.state === 'sent').map(({ name }) => name)
    }
    await expect.poll(async () => (await acknowledged().catch(() => [])).length).toBeGreaterThanOrEqual(2)
    const before = await acknowledged()
    await killed()
    await scene.bureau.restart()
    expect((await ended(started)).state).toBe('COMPLETED')
    for (const name of before) expect([name, names().filter((each) => each === name)]).toEqual([name, [name]])
    expect([...new Set(names())]).toEqual([...dataset.resources.map(({ name }) => name), ...DOCUMENTS])
  })

  it('stops within a moment when it is suspended, and goes on with the next start (P1)', async () => {
    const dataset = await published({ rows: 8000 })
    const started = await push(await agree(dataset))
    await expect.poll(() => scene.sink.bytes(), { timeout: 10_000 }).toBeGreaterThan(100_000)
    await say(started, 'suspension')
    await expect.poll(async () => (await atProvider(started))?.state).toBe('SUSPENDED')
    const stopped = scene.sink.bytes()
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(scene.sink.bytes()).toBe(stopped)
    expect(scene.sink.files).toEqual([])
    await say(started, 'start')
    expect((await ended(started)).state).toBe('COMPLETED')
    expect(names()).toHaveLength(1 + DOCUMENTS.length)
  })

  it('stops for a pause of the consumer and for a termination while the storage takes nothing', async () => {
    const cut: boolean[] = []
    let came = 0
    scene.sink.misbehave = (request) => {
      came += 1
      request.socket.once('close', () => cut.push(true))
      return true
    }
    const started = await push(await agree(await published({ rows: 8000 })))
    await expect.poll(() => came).toBe(1)
    const own = `/transfers/${encodeURIComponent(started.pid)}`
    await scene.lab.api.post(`${own}/suspension`, { reason: 'our disk is full' }, z.unknown())
    await expect.poll(() => cut.length).toBe(1)
    expect((await atProvider(started))?.state).toBe('SUSPENDED')
    await scene.lab.api.post(`${own}/start`, {}, z.unknown())
    await expect.poll(() => came).toBe(2)
    await say(started, 'termination')
    expect(await ended(started)).toMatchObject({ state: 'TERMINATED', termination: { reasons: ['maintenance'] } })
    await expect.poll(() => cut.length).toBe(2)
    expect(scene.sink.files).toEqual([])
  })

  it('ends when the dataset is withdrawn from all use', async () => {
    const dataset = await published({ rows: 8000 })
    const started = await push(await agree(dataset))
    await expect.poll(() => scene.sink.bytes(), { timeout: 10_000 }).toBeGreaterThan(50_000)
    await scene.bureau.api.post(
      `/datasets/${dataset.id}/withdraw`,
      { reason: 'A flaw.', scope: 'all-use' },
      z.unknown(),
    )
    expect(await ended(started)).toMatchObject({ state: 'TERMINATED', termination: { code: 'dataset-withdrawn' } })
    expect(scene.sink.files).toEqual([])
  })

  it('ends in the middle when the policy permits it no longer (P1)', async () => {
    const soon = () => new Date(Date.now() + 4000).toISOString()
    const dataset = await published({ rows: 60_000, offers: () => [{ partners: 'members', notAfter: soon() }] })
    const started = await push(await agree(dataset))
    expect(await ended(started)).toMatchObject({
      state: 'TERMINATED',
      termination: { by: 'provider', code: 'policy-denied' },
    })
    expect(scene.sink.bytes()).toBeGreaterThan(0)
    expect(scene.sink.files).toEqual([])
  })

  it('ends with the name of the file and the status when the storage refuses', async () => {
    for (const status of [403, 307]) {
      const dataset = await published({ rows: 100 })
      scene.sink.misbehave = (request, response) => {
        if (request.url?.includes('croissant') !== true) return false
        response.writeHead(status, { location: `${scene.sink.url}/else` }).end()
        return true
      }
      expect(await ended(await push(await agree(dataset)))).toMatchObject({
        state: 'TERMINATED',
        termination: { code: 'sink-refused', reasons: [`The storage answered ${status} to croissant.json.`] },
      })
      expect(names()).not.toContain('else')
    }
  })

  it('is tried again after a failure and a cut connection, and ends when it was tried for too long', async () => {
    let failures = 0
    scene.sink.misbehave = (request, response) => {
      failures += 1
      if (failures > 4) return false
      if (failures % 2 === 0) request.socket.destroy()
      else response.writeHead(503).end()
      return true
    }
    const dataset = await published({ rows: 100 })
    expect((await ended(await push(await agree(dataset)))).state).toBe('COMPLETED')
    expect(names()).toEqual([dataset.resources[0]?.name, ...DOCUMENTS])
    scene.sink.misbehave = (_, response) => response.writeHead(503).end() !== undefined
    expect(await ended(await push(await agree(await published({ rows: 100 }))))).toMatchObject({
      state: 'TERMINATED',
      termination: { code: 'sink-unreachable', reasons: [expect.stringContaining('answers 503')] },
    })
  }, 30_000)

  it('sends no byte of a chunk that is not the signed one, and names it to the partner', async () => {
    const dataset = await published({ rows: 3000 })
    const agreement = await agree(dataset)
    const file = openSync(partPath(scene.bureau, dataset), 'r+')
    const byte = Buffer.alloc(1)
    readSync(file, byte, 0, 1, 3 * 16_384 + 9)
    writeSync(file, Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, 3 * 16_384 + 9)
    closeSync(file)
    expect(await ended(await push(agreement))).toMatchObject({
      termination: {
        by: 'provider',
        code: 'wrong-bytes',
        reasons: [`Chunk 3 of ${dataset.resources[0]?.name} is not what the manifest says.`],
      },
    })
    expect(scene.sink.bytes()).toBeLessThanOrEqual(3 * 16_384)
    expect(scene.sink.files).toEqual([])
  })
})
