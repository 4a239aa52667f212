import { sha256, utf8 } from '../../canonical/hash.ts'
import { type CounterRandom, randomStream } from './counter-random.ts'

/** Uniform numbers in (0, 1) for the samples of a report: the same for every report, so that anyone gets the same figures. */
export function reportDraws(): (stream: string, draw: number) => number {
  const seed = sha256(utf8('urn:tanemaki:run-report:v1'))
  const streams = new Map<string, CounterRandom>()
  return (stream, draw) => {
    const known = streams.get(stream) ?? randomStream(seed, stream)
    streams.set(stream, known)
    return known.unit(draw, 0)
  }
}
