export interface Case {
  readonly title: string
  /** Throws where something is not as it should be; what it returns is printed. */
  readonly run: () => Promise<string | void>
}

/** Runs the cases whose title matches, one after the other, and prints a line for each and the closing one. */
export async function runCases(cases: readonly Case[], only: RegExp): Promise<boolean> {
  const wanted = cases.filter(({ title }) => only.test(title))
  let passed = 0
  for (const { title, run } of wanted) {
    const started = performance.now()
    const { note, fault } = await run().then(
      (note) => ({ note, fault: undefined }),
      (error: unknown) => ({ note: undefined, fault: error instanceof Error ? error.message : JSON.stringify(error) }),
    )
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(
      `${fault === undefined ? 'pass' : 'FAIL'} ${seconds.padStart(6)} s  ${title}${note === undefined ? '' : `: ${note}`}`,
    )
    if (fault === undefined) passed += 1
    else console.log(`    ${fault.replaceAll('\n', '\n    ')}`)
  }
  console.log(`\n${passed} passed, ${wanted.length - passed} failed`)
  return wanted.length > 0 && passed === wanted.length
}
