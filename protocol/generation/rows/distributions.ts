/** Quantile of the standard normal distribution, p in (0, 1): Wichura, algorithm AS 241 (PPND16), relative error about 1e-16. */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return q * ratio(CENTRE, 0.180625 - q * q)
  const r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p))
  const z = r <= 5 ? ratio(MIDDLE, r - 1.6) : ratio(TAIL, r - 5)
  return q < 0 ? -z : z
}

type Rational = readonly [numerator: readonly number[], denominator: readonly number[]]

/** Coefficients from the highest power down, as the doubles that the published decimals round to. */
const CENTRE: Rational = [
  [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
]
const MIDDLE: Rational = [
  [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
]
const TAIL: Rational = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
]

function ratio([above, below]: Rational, x: number): number {
  let numerator = 0
  let denominator = 0
  for (let at = 0; at < above.length; at += 1) {
    numerator = numerator * x + (above[at] ?? 0)
    denominator = denominator * x + (below[at] ?? 0)
  }
  return numerator / denominator
}

/** Probability that a standard normal value is at most x; the lower tail keeps its relative precision. */
export function normalCdf(x: number): number {
  const density = Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
  if (x < -3) return density * upperTail(-x)
  if (x > 3) return 1 - density * upperTail(x)
  let term = x
  let sum = x
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd
    sum += term
  }
  return 0.5 + density * sum
}

/** Mills' ratio for x > 3, by its continued fraction. */
function upperTail(x: number): number {
  let value = x
  for (let at = 80; at > 0; at -= 1) value = x + at / value
  return 1 / value
}

/** Weights of whole numbers from `first` on; they need not add up to 1. */
export interface DiscreteWeights {
  readonly first: number
  readonly weights: readonly number[]
}

/** Below this share of the likeliest value nothing is drawn: far less than a 53-bit unit can tell. */
const NEGLIGIBLE = 1e-22

/** From the mode outwards by the ratio of neighbours, so that nothing over- or underflows. */
function aroundMode(mode: number, ratioUp: (k: number) => number): DiscreteWeights {
  const down: number[] = []
  for (let k = mode, weight = 1; k > 0; k -= 1) {
    weight /= ratioUp(k - 1)
    if (weight < NEGLIGIBLE) break
    down.push(weight)
  }
  const up = [1]
  for (let k = mode, weight = 1; ; k += 1) {
    weight *= ratioUp(k)
    if (weight < NEGLIGIBLE) break
    up.push(weight)
  }
  return { first: mode - down.length, weights: [...down.toReversed(), ...up] }
}

export function poissonWeights(mean: number): DiscreteWeights {
  return aroundMode(Math.floor(mean), (k) => mean / (k + 1))
}

export function binomialWeights(n: number, p: number): DiscreteWeights {
  if (p === 0 || p === 1) return { first: p * n, weights: [1] }
  const mode = Math.min(n, Math.floor((n + 1) * p))
  return aroundMode(mode, (k) => ((n - k) / (k + 1)) * (p / (1 - p)))
}

/** k^-exponent for k = 1 … size. */
export function zipfWeights(exponent: number, size: number): DiscreteWeights {
  return { first: 1, weights: Array.from({ length: size }, (_, at) => Math.exp(-exponent * Math.log(at + 1))) }
}

/**
 * Picks an index with these weights from one unit in (0, 1) in constant time (Walker's alias method as Vose builds it, 1991).
 * Throws RangeError when no weight is positive.
 */
export function indexPicker(weights: readonly number[]): (unit: number) => number {
  const size = weights.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (!(total > 0) || !Number.isFinite(total)) throw new RangeError('weights need a positive sum')
  const share = Float64Array.from(weights, (weight) => (weight / total) * size)
  const alias = new Int32Array(size)
  const small: number[] = []
  const large: number[] = []
  for (let at = 0; at < size; at += 1) ((share[at] ?? 0) < 1 ? small : large).push(at)
  while (small.length > 0 && large.length > 0) {
    const low = small.pop() ?? 0
    const high = large.at(-1) ?? 0
    alias[low] = high
    const rest = (share[high] ?? 0) + (share[low] ?? 0) - 1
    share[high] = rest
    if (rest < 1) small.push(large.pop() ?? 0)
  }
  // What is left is 1 but for rounding.
  for (const at of [...small, ...large]) share[at] = 1
  return (unit) => {
    const scaled = unit * size
    const at = Math.min(size - 1, Math.floor(scaled))
    return scaled - at < (share[at] ?? 0) ? at : (alias[at] ?? 0)
  }
}

/** Gamma of shape `shape` and scale 1 from units in (0, 1): Marsaglia and Tsang, ACM TOMS 26 (2000). */
export function gammaFrom(shape: number, unit: () => number): number {
  if (shape < 1) return gammaFrom(shape + 1, unit) * Math.exp(Math.log(unit()) / shape)
  const d = shape - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normalQuantile(unit())
    const cube = 1 + c * x
    const chance = Math.log(unit())
    if (cube <= 0) continue
    const v = cube * cube * cube
    if (chance < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v
  }
}
