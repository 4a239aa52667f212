import { describe, expect, it } from 'vitest'
import { seededBytes } from '../../test/seeded-bytes.ts'
import { wilson } from '../evaluation/intervals.ts'
import { BudgetMeter, split } from './accountant.ts'
import { columnCells } from './domain.ts'
import { IntegerSampler } from './integers.ts'
import { Mechanisms, Private } from './mechanisms.ts'
import { divide, fraction, type Fraction, parseFraction, toNumber } from './rational.ts'
import { measureTree, type TreePlan } from './tree.ts'

/** Fits per neighbour; `DP_AUDIT_FITS=20000` makes the bounds three times as tight. */
const fits = Number(process.env['DP_AUDIT_FITS'] ?? 2000)
const columns = ['a', 'b'].map((name) => columnCells({ name, role: 'other', nullable: false, type: 'boolean' }))

/** What a build with a forgotten factor would do: noise of half the standard deviation, charged as the whole. */
class HalvedNoise extends IntegerSampler {
  override gaussians(sigma2: Fraction): () => number {
    return super.gaussians(divide(sigma2, fraction(4)))
  }
}

/** Standard normal quantile by bisection of the error integral. */
function normalQuantile(share: number): number {
  const cumulative = (x: number): number => {
    let sum = 0
    for (let at = 0; at < 2000; at += 1) sum += Math.exp(-(((x * (at + 0.5)) / 2000) ** 2) / 2)
    return 0.5 + (sum * x) / 2000 / Math.sqrt(2 * Math.PI)
  }
  let [low, high] = [-8, 8]
  for (let round = 0; round < 60; round += 1) {
    const middle = (low + high) / 2
    if (cumulative(middle) < share) low = middle
    else high = middle
  }
  return low
}

/** The best statistic against Gaussian noise: what was counted in the cells of the row in question, by precision. */
function leaked(rows: number, plan: TreePlan, sampler: IntegerSampler): number {
  const total = [plan.rho.oneWay, plan.rho.select, plan.rho.twoWay].map(toNumber).reduce((sum, rho) => sum + rho, 0)
  const meter = new BudgetMeter(fraction(Math.ceil(total * 1000) + 1, 1000))
  const codes = new Uint16Array(rows).fill(1)
  const measured = measureTree(Private.seal([codes, codes]), plan, new Mechanisms(meter, sampler))
  const parts = [
    ...measured.oneWay.map((each) => ({ ...each, cell: 1 })),
    ...measured.twoWay.map((each) => ({ ...each, cell: 3 })),
  ]
  return parts.reduce((sum, { counts, sigma2, cell }) => sum + (counts[cell] ?? 0) / toNumber(parseFraction(sigma2)), 0)
}

/** 95 % lower bound of the Gaussian-DP parameter that tells a table with a unit's rows from the one without. */
function auditedMu(rho: Fraction, sampler: IntegerSampler, rowsPerUnit: number): number {
  const [oneWay = rho, select = rho, twoWay = rho] = split(rho, [5, 1, 5])
  const plan = { columns, rho: { oneWay, select, twoWay }, sensitivity: rowsPerUnit }
  const without = Array.from({ length: fits }, () => leaked(20, plan, sampler))
  const present = Array.from({ length: fits }, () => leaked(20 + rowsPerUnit, plan, sampler))
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const threshold = (mean(without) + mean(present)) / 2
  const falseAlarms = wilson(without.filter((value) => value > threshold).length, fits).upper
  const misses = wilson(present.filter((value) => value <= threshold).length, fits).upper
  return -normalQuantile(falseAlarms) - normalQuantile(misses)
}

describe('a white-box attacker with the best test', () => {
  const rho = fraction(1, 2)
  const claimed = Math.sqrt(2 * toNumber(rho))

  it('learns no more about one row than the budget says, and nearly as much', () => {
    const mu = auditedMu(rho, new IntegerSampler(seededBytes(11)), 1)
    expect(mu).toBeLessThanOrEqual(claimed)
    expect(mu).toBeGreaterThan(0.75 * claimed)
  })

  it('learns no more about a unit of several rows', () => {
    expect(auditedMu(rho, new IntegerSampler(seededBytes(12)), 4)).toBeLessThanOrEqual(claimed)
  })

  it('gives a build away whose noise is halved', () => {
    expect(auditedMu(rho, new HalvedNoise(seededBytes(13)), 1)).toBeGreaterThan(claimed)
  })
})
