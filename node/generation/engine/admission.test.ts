import { describe, expect, it } from 'vitest'
import { VirtualTime } from '../../../test/virtual-time.ts'
import { ModelFailure, type ModelFault, type Usage } from '../../ports/models.ts'
import { Admission, type AdmittedEndpoint, type Call, EndpointPaused } from './admission.ts'

const never = new AbortController().signal
const answer = { usage: { inputTokens: 10, cachedInputTokens: 0, outputTokens: 10 } }
type Answer = { readonly usage: Usage }

class Scene {
  readonly time = new VirtualTime()
  readonly admission: Admission
  /** Names of calls in the order in which they reached the endpoint. */
  readonly sent: string[] = []
  readonly startedAt: number[] = []

  constructor(endpoint: Partial<AdmittedEndpoint> = {}) {
    this.admission = new Admission(this.time, { name: 'there', ...endpoint })
  }

  /** A call that takes 100 ms and then ends as `end` says. */
  call(name: string, rest: Partial<Call<Answer>> = {}, end: () => Answer = () => answer): Promise<Answer> {
    return this.admission.submit({
      priority: 0,
      kind: 'text',
      expectedTokens: 20,
      signal: never,
      run: () => {
        this.sent.push(name)
        this.startedAt.push(this.time.now())
        return new Promise<void>((resolve) => this.time.after(100, resolve)).then(end)
      },
      ...rest,
    })
  }
}

const failing = (fault: ModelFault, retryAfterMs?: number) => () => {
  throw new ModelFailure(fault, `answered ${fault}`, retryAfterMs)
}

describe('the order of admission', () => {
  it('is that of candidates, however they were asked for', async () => {
    const scene = new Scene({ maxConcurrency: 1 })
    for (const priority of [0, 5, 3, 4, 1, 2]) void scene.call(`${priority}`, { priority })
    await scene.time.passUntil(1000)
    expect(scene.sent).toEqual(['0', '1', '2', '3', '4', '5'])
  })

  it('sends one call of a seed ahead while others can go, and the rest once the seed is cached', async () => {
    const scene = new Scene({ maxConcurrency: 2 })
    for (const [at, prefix] of ['a', 'a', 'a', 'b', 'b', 'b'].entries()) {
      void scene.call(`${prefix}${at}`, { priority: at, prefix })
    }
    await scene.time.passUntil(50)
    // Both free places were taken at once as the calls came: nothing else could go then.
    expect(scene.sent).toEqual(['a0', 'a1'])
    await scene.time.passUntil(1000)
    expect(scene.sent).toEqual(['a0', 'a1', 'a2', 'b3', 'b4', 'b5'])

    const crowded = new Scene({ maxConcurrency: 2 })
    void crowded.call('x')
    void crowded.call('y')
    for (const [at, prefix] of ['a', 'a', 'a', 'b', 'b'].entries()) {
      void crowded.call(`${prefix}${at}`, { priority: at + 1, prefix })
    }
    await crowded.time.passUntil(150)
    expect(crowded.sent).toEqual(['x', 'y', 'a0', 'b3'])
    await crowded.time.passUntil(1000)
    expect(crowded.sent).toHaveLength(7)
  })

  it('never passes the most that the endpoint permits', async () => {
    const scene = new Scene({ maxConcurrency: 3 })
    let most = 0
    for (let at = 0; at < 200; at++) {
      void scene.call('c', { priority: at }).then(() => (most = Math.max(most, scene.admission.state().running)))
    }
    await scene.time.passUntil(60_000)
    expect(most).toBeLessThanOrEqual(3)
    expect(scene.sent).toHaveLength(200)
  })

  it('forgets a call that nobody waits for any more, before it is sent', async () => {
    const scene = new Scene({ maxConcurrency: 1 })
    const controller = new AbortController()
    const reason = new Error('cancelled')
    void scene.call('first')
    const second = scene.call('second', { signal: controller.signal })
    controller.abort(reason)
    await expect(second).rejects.toBe(reason)
    await expect(scene.call('third', { signal: controller.signal })).rejects.toBe(reason)
    await scene.time.passUntil(1000)
    expect(scene.sent).toEqual(['first'])
  })
})

describe('an endpoint that is too busy', () => {
  it('gets every call again until it has answered it, in their order', async () => {
    const scene = new Scene({ maxConcurrency: 1 })
    let rejections = 20
    const calls = [0, 1, 2].map((priority) =>
      scene.call(`${priority}`, { priority }, () => (rejections-- > 0 ? failing('busy')() : answer)),
    )
    await scene.time.passUntil(3_600_000)
    await expect(Promise.all(calls)).resolves.toHaveLength(3)
    expect(scene.sent.slice(-3)).toEqual(['0', '1', '2'])
  })

  it('gets no call before the time it has named', async () => {
    const scene = new Scene()
    let rejected = false
    const once = () => {
      if (rejected) return answer
      rejected = true
      return failing('busy', 5000)()
    }
    void scene.call('rejected', {}, once)
    await scene.time.passUntil(200)
    void scene.call('later', { priority: 1 })
    await scene.time.passUntil(20_000)
    expect(scene.startedAt.slice(1).every((at) => at >= 5100)).toBe(true)
    expect(scene.sent).toEqual(['rejected', 'rejected', 'later'])
  })

  it('is asked at most every half minute, and no more often with time', async () => {
    const scene = new Scene()
    void scene.call('c', {}, failing('busy'))
    await scene.time.passUntil(600_000)
    const gaps = scene.startedAt.slice(1).map((at, index) => at - (scene.startedAt[index] ?? 0))
    expect(gaps.at(-1)).toBe(30_100)
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
  })

  it('is given more again, faster and faster, when it was busy with others only for a while', async () => {
    const scene = new Scene()
    let others = 60
    const capacity = () => 64 - others
    const calls = Array.from({ length: 100_000 }, (_, at) => at)
    const next = async (): Promise<void> => {
      for (let at = calls.pop(); at !== undefined; at = calls.pop()) {
        const full = () => scene.admission.state().running > capacity()
        await scene.call('c', { priority: at }, () => (full() ? failing('busy')() : answer))
      }
    }
    for (let row = 0; row < 200; row++) void next()
    await scene.time.passUntil(10_000)
    expect(scene.admission.state().limit).toBeLessThanOrEqual(4)
    others = 0
    await scene.time.passUntil(130_000)
    expect(scene.admission.state().limit).toBeGreaterThan(48)
  })

  it('is never paused for it', async () => {
    const scene = new Scene()
    for (let at = 0; at < 300; at++) void scene.call('c', {}, failing('busy'))
    await scene.time.passUntil(600_000)
    expect(scene.admission.state()).toEqual({ limit: 1, running: 0, waiting: 300 })
  })
})

describe('an endpoint that fails', () => {
  it('fails its own calls alone while most are answered', async () => {
    const scene = new Scene()
    const calls = Array.from({ length: 200 }, (_, at) =>
      scene.call('c', { priority: at }, at % 5 < 2 ? failing('server') : undefined).catch((error: unknown) => error),
    )
    await scene.time.passUntil(60_000)
    const failures = (await Promise.all(calls)).filter((result) => result instanceof ModelFailure)
    expect(failures).toHaveLength(80)
  })

  it('is paused when half of its newest calls fail, with the fault that most had, until someone has seen to it', async () => {
    const scene = new Scene()
    let broken = true
    const calls = Array.from({ length: 400 }, (_, at) =>
      scene.call('c', { priority: at }, () => (broken ? failing('unreachable')() : answer)).catch((e: unknown) => e),
    )
    await scene.time.passUntil(60_000)
    const results = await Promise.all(calls)
    const paused = results.find((result) => result instanceof EndpointPaused)
    expect(paused).toMatchObject({ endpoint: 'there', fault: 'unreachable' })
    expect(scene.sent.length).toBeLessThan(60)
    await expect(scene.call('after')).rejects.toBe(paused)
    broken = false
    scene.admission.resume()
    const again = scene.call('again')
    await scene.time.passUntil(61_000)
    await expect(again).resolves.toBe(answer)
  })

  it('is paused at once when it wants another key or money', async () => {
    const scene = new Scene({ maxConcurrency: 1 })
    const first = scene.call('first', {}, failing('credit')).catch((error: unknown) => error)
    const second = scene.call('second', { priority: 1 }).catch((error: unknown) => error)
    await scene.time.passUntil(1000)
    expect(await first).toMatchObject({ fault: 'credit' })
    expect(await second).toBeInstanceOf(EndpointPaused)
    expect(scene.sent).toEqual(['first'])
  })

  it('gets fewer calls at a time after calls that took too long', async () => {
    const scene = new Scene()
    for (let at = 0; at < 2000; at++) void scene.call('c', { priority: at }).catch(() => {})
    await scene.time.passUntil(2000)
    void scene.call('slow', { priority: -1 }, failing('timeout')).catch(() => {})
    let [before, after] = [0, 0]
    while (after >= before) {
      before = scene.admission.state().limit
      await scene.time.passUntil(scene.time.now() + 1)
      after = scene.admission.state().limit
    }
    expect(after).toBe(Math.floor(before * 0.75))
  })
})

describe('allowances per minute', () => {
  it('hold back requests', async () => {
    const scene = new Scene({ requestsPerMinute: 60 })
    for (let at = 0; at < 500; at++) void scene.call('c', { priority: at })
    await scene.time.passUntil(120_000)
    expect(scene.sent.length).toBeGreaterThan(125)
    expect(scene.sent.length).toBeLessThanOrEqual(131)
  })

  it('hold back tokens by what answers turn out to be', async () => {
    const scene = new Scene({ tokensPerMinute: 6000 })
    for (let at = 0; at < 2000; at++) void scene.call('c', { priority: at, expectedTokens: 500 })
    await scene.time.passUntil(120_000)
    // 20 tokens each, and a sixth of a minute's allowance at once.
    expect(scene.sent.length).toBeGreaterThan(500)
    expect(scene.sent.length).toBeLessThanOrEqual(651)
  })
})
