import { describe, expect, it } from 'vitest'
import { RunStopped } from './run-stopped.ts'
import { Spending } from './spending.ts'

const usage = (inputTokens: number, outputTokens: number, cachedInputTokens = 0) => ({
  inputTokens,
  cachedInputTokens,
  outputTokens,
})
const price = { input: '0.5', cachedInput: '0.05', output: '2', currency: 'JPY' }

describe('what a run spends', () => {
  it('is summed exactly, cached input at its own price', async () => {
    const spending = new Spending()
    for (let call = 0; call < 3; call += 1) {
      const reservation = await spending.reserve(price, usage(1000, 1000))
      reservation.settle(usage(1000, 100, 400))
    }
    expect(spending.spent()).toEqual({
      calls: 3,
      tokens: usage(3000, 300, 1200),
      money: '0.00156',
      currency: 'JPY',
    })
  })

  it('is never more than the limit, and a call that could pass it is not made', async () => {
    const spending = new Spending({ tokens: 250 })
    const first = await spending.reserve(undefined, usage(50, 50))
    first.settle(usage(50, 50))
    const second = await spending.reserve(undefined, usage(50, 100))
    second.settle(usage(50, 60))
    await expect(spending.reserve(undefined, usage(10, 31))).rejects.toThrow(RunStopped)
    expect(spending.spent().tokens).toEqual(usage(100, 110))
  })

  it('waits for calls under way, which may use less than they could', async () => {
    const spending = new Spending({ money: '0.001' })
    const first = await spending.reserve(price, usage(0, 400))
    let ready = false
    const second = spending.reserve(price, usage(0, 300)).then((reservation) => {
      ready = true
      return reservation
    })
    await Promise.resolve()
    expect(ready).toBe(false)
    first.settle(usage(0, 10))
    ;(await second).release()
    expect(spending.spent().money).toBe('0.00002')
  })
})
