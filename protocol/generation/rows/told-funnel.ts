/** Candidates, those accepted, and the others by reason. */
export interface Funnel {
  readonly candidates: number
  readonly accepted: number
  readonly rejected: Readonly<Record<string, number>>
}

/** To two significant digits: the number of candidates of a full crossing would tell how many seeds there are. */
export function roundedCount(count: number): number {
  return Number(count.toPrecision(2))
}

/** A funnel as a manifest tells it: accepted rows exactly, the rest rounded. */
export function roundedFunnel({ candidates, accepted, rejected }: Funnel): Funnel {
  return {
    candidates: roundedCount(candidates),
    accepted,
    rejected: Object.fromEntries(Object.entries(rejected).map(([reason, count]) => [reason, roundedCount(count)])),
  }
}
