export type Task = (input: unknown, onProgress: (progress: unknown) => void) => unknown

/** Worker tasks by name, loaded only in the thread that runs them. */
export const tasks: Readonly<Record<string, () => Promise<Task>>> = {
  hash: async () => (await import('./tasks/hash.ts')).runHash,
  pull: async () => (await import('./tasks/pull.ts')).runPull,
  fetch: async () => (await import('./tasks/fetch.ts')).runFetch,
  package: async () => (await import('./tasks/package.ts')).runPackage,
  measure: async () => (await import('./tasks/measure.ts')).runMeasure,
  sample: async () => (await import('./tasks/sample.ts')).runSample,
  'dedup-sign': async () => (await import('./tasks/dedup.ts')).runDedupSign,
  'dedup-pair': async () => (await import('./tasks/dedup.ts')).runDedupPair,
  'dedup-compare': async () => (await import('./tasks/dedup.ts')).runDedupCompare,
  'dedup-vectors': async () => (await import('./tasks/dedup.ts')).runDedupVectors,
  'measure-rows': async () => (await import('./tasks/measure-rows.ts')).runMeasureRows,
  'check-disclosure': async () => (await import('./tasks/check-disclosure.ts')).runCheckDisclosure,
  evaluate: async () => (await import('./tasks/evaluate.ts')).runEvaluate,
}
