// npm run bench -- NAME: measures beside a named reference in the same run; the last line is `RESULT {json}`.
const benchmarks: Readonly<Record<string, () => Promise<{ readonly run: () => Promise<Record<string, unknown>> }>>> = {
  start: () => import('./start.ts'),
  negotiation: () => import('./negotiation.ts'),
  pull: () => import('./pull.ts'),
  synth: () => import('./synth.ts'),
  catalog: () => import('./catalog.ts'),
  engine: () => import('./engine.ts'),
  personas: () => import('./personas.ts'),
  'model-calls': () => import('./model-calls.ts'),
}

const name = process.argv[2] ?? ''
const load = benchmarks[name]
if (load === undefined) {
  console.error(`usage: npm run bench -- NAME, with NAME one of ${Object.keys(benchmarks).join(', ')}`)
  process.exitCode = 2
} else {
  const { run } = await load()
  console.log(`RESULT ${JSON.stringify(await run())}`)
}
