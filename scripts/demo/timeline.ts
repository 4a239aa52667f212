import { styleText } from 'node:util'

/** Prints what happens, with how long it took, and keeps the durations. */
export class Timeline {
  readonly seconds: Record<string, number> = {}
  readonly #started = performance.now()

  /** Runs one step; `work` returns the line that says what came of it. */
  async step(name: string, title: string, work: () => Promise<string | readonly string[]>): Promise<void> {
    const started = performance.now()
    if (process.stdout.isTTY) process.stdout.write(`${styleText('dim', '…')} ${title}`)
    const outcome = await work()
    const seconds = (performance.now() - started) / 1000
    this.seconds[name] = Math.round(seconds * 1000) / 1000
    if (process.stdout.isTTY) process.stdout.write('\r\u001B[2K')
    const at = `${((started - this.#started) / 1000).toFixed(1).padStart(6)} s`
    const took = `${seconds.toFixed(2).padStart(6)} s`
    console.log(`${styleText('dim', at)}  ${styleText('bold', title)} ${styleText('dim', took)}`)
    const lines = typeof outcome === 'string' ? [outcome] : outcome
    for (const line of lines) console.log(`            ${line}`)
  }

  get total(): number {
    return Math.round(performance.now() - this.#started) / 1000
  }
}
