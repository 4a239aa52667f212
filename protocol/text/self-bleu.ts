/** Counts of the runs of 1 to `order` tokens of a text, by run. */
interface Profile {
  readonly length: number
  /** By run length − 1. */
  readonly runs: readonly ReadonlyMap<string, number>[]
}

const SEPARATOR = '\u0000'

function profileOf(tokens: readonly string[], order: number): Profile {
  const runs = Array.from({ length: order }, (_, at) => {
    const counts = new Map<string, number>()
    for (let start = 0; start + at < tokens.length; start += 1) {
      const run = tokens.slice(start, start + at + 1).join(SEPARATOR)
      counts.set(run, (counts.get(run) ?? 0) + 1)
    }
    return counts
  })
  return { length: tokens.length, runs }
}

/** What runs without a match count as. */
const SMOOTHING = 0.1

/**
 * BLEU of a text against references (Papineni et al., ACL 2002): brevity penalty × geometric mean of the clipped precisions of runs of
 * 1 to `order` tokens, equal weights. Runs without a match count as 0.1 of one (Chen and Cherry, WMT 2014, method 1). 0 to 1;
 * run lengths that the text is too short for are left out; 0 for an empty text or no reference.
 */
export function bleu(text: readonly string[], references: readonly (readonly string[])[], order: number): number {
  return bleuOf(
    profileOf(text, order),
    references.map((reference) => profileOf(reference, order)),
  )
}

function bleuOf(text: Profile, references: readonly Profile[]): number {
  if (text.length === 0 || references.length === 0) return 0
  const logs: number[] = []
  for (const [at, counts] of text.runs.entries()) {
    const total = text.length - at
    if (total <= 0) break
    let matched = 0
    for (const [run, count] of counts) matched += Math.min(count, mostIn(references, { at, run, enough: count }))
    logs.push(Math.log((matched === 0 ? SMOOTHING : matched) / total))
  }
  const closest = closestLength(text.length, references)
  const penalty = text.length >= closest ? 1 : Math.exp(1 - closest / text.length)
  return penalty * Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length)
}

interface Wanted {
  readonly at: number
  readonly run: string
  readonly enough: number
}

/** The most often that a reference has the run; stops at `enough`. */
function mostIn(references: readonly Profile[], { at, run, enough }: Wanted): number {
  let most = 0
  for (const { runs } of references) {
    most = Math.max(most, runs[at]?.get(run) ?? 0)
    if (most >= enough) break
  }
  return most
}

function closestLength(length: number, references: readonly Profile[]): number {
  let closest = Number.POSITIVE_INFINITY
  for (const reference of references) {
    const nearer = Math.abs(reference.length - length) - Math.abs(closest - length)
    if (nearer < 0 || (nearer === 0 && reference.length < closest)) closest = reference.length
  }
  return closest
}

export interface SelfBleuSample {
  /** Longest run. */
  readonly order: number
  /** References of each text at most. */
  readonly references: number
  /** Uniform number in (0, 1) for the n-th draw. */
  readonly unit: (draw: number) => number
}

/**
 * Self-BLEU (Zhu et al., SIGIR 2018): mean BLEU of each text against others of the same set; lower is more diverse. Against as many
 * others as `references`, drawn anew for each text. 0 for fewer than two texts.
 */
export function selfBleu(texts: readonly (readonly string[])[], { order, references, unit }: SelfBleuSample): number {
  if (texts.length < 2) return 0
  const profiles = texts.map((tokens) => profileOf(tokens, order))
  let draw = 0
  let sum = 0
  for (const [at, profile] of profiles.entries()) {
    const others = profiles.filter((_, other) => other !== at)
    const wanted = Math.min(references, others.length)
    for (let place = 0; place < wanted && wanted < others.length; place += 1) {
      const chosen = place + Math.floor(unit(draw) * (others.length - place))
      draw += 1
      const [a, b] = [others[place], others[chosen]]
      if (a !== undefined && b !== undefined) [others[place], others[chosen]] = [b, a]
    }
    sum += bleuOf(profile, others.slice(0, wanted))
  }
  return sum / texts.length
}
