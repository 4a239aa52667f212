import type { ChildProcess } from 'node:child_process'
import { globSync } from 'node:fs'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type Story, listAt, textAt } from './story.ts'

const killAtPercent = 40

export interface PulledCopy {
  readonly id: string
  readonly path: string
  readonly records: number
  readonly manifestId: string
}

/** Pulls, is killed half-way, resumes behind the last verified chunk. */
export async function pullKillResume({ timeline, lab }: Story, agreementId: string): Promise<PulledCopy> {
  await timeline.step('pullKilled', 'The lab pulls; its node is killed with SIGKILL half-way', async () => {
    const pulling = lab.follow(['copy', 'pull', agreementId])
    const percent = await percentReached(pulling, killAtPercent)
    await lab.kill()
    await new Promise((resolve) => (pulling.exitCode === null ? pulling.once('exit', resolve) : resolve(undefined)))
    return `killed when ${percent} % of the bytes were verified`
  })
  let copy: PulledCopy | undefined
  await timeline.step(
    'pullResumed',
    'It starts again and resumes; every chunk is verified before it is kept',
    async () => {
      await lab.start()
      const { value } = await lab.run(['copy', 'pull', agreementId])
      copy = {
        id: textAt(value, 'copy', 'id'),
        path: textAt(value, 'path'),
        records: Number(textAt(value, 'copy', 'records')),
        manifestId: textAt(value, 'copy', 'manifestId'),
      }
      return `${copy.records} rows, ${textAt(value, 'copy', 'size')} bytes`
    },
  )
  await timeline.step(
    'verify',
    'It verifies the copy against the signed manifest, also with the sha256 of other tools',
    async () => {
      const { value } = await lab.run(['copy', 'verify', agreementId, '--flat'])
      return listAt(value, 'files').map((file) => `${textAt(file, 'name')} ${textAt(file, 'sha256')}`)
    },
  )
  if (copy === undefined) throw new Error('nothing was pulled')
  return copy
}

async function percentReached(pulling: ChildProcess, goal: number): Promise<number> {
  if (pulling.stderr === null) throw new Error('the pull reports nothing')
  for await (const line of createInterface(pulling.stderr)) {
    const percent = Number(/ (\d+) %/.exec(line)?.[1] ?? 0)
    if (percent >= goal && percent < 100) return percent
  }
  throw new Error('the pull ended before it could be killed')
}

/** One byte of a file that the bureau serves is changed on its disk; the lab's next pull names the chunk. */
export async function changeServedByte({ timeline, bureau, lab }: Story, agreementId: string): Promise<void> {
  await timeline.step('wrongByte', 'One byte of a served file is changed; the lab pulls again', async () => {
    const [part = ''] = globSync(`${bureau.dataDir}/files/datasets/*/*.parquet`)
    const original = readFileSync(part)
    const changed = Buffer.from(original)
    const at = Math.floor(changed.length / 3)
    changed[at] = (changed[at] ?? 0) ^ 1
    writeFileSync(part, changed)
    const { value } = await lab.run(['copy', 'pull', agreementId], [1])
    writeFileSync(part, original)
    return `refused: ${textAt(value, 'copy', 'failure', 'detail')}`
  })
}
