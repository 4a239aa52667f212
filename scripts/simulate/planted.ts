import { execFile, execFileSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import * as z from 'zod'

const root = resolve(import.meta.dirname, '../..')
const NEEDED = ['schemas', 'protocol', 'node', 'test', 'scripts', 'package.json', 'tsconfig.json']
const Result = z.object({ seeds: z.number(), violations: z.number(), failing: z.array(z.number()) })

/** Plants every bug of planted/ into a copy of the program, and looks for it with up to `seeds` seeds. True: all were found. */
export async function findPlanted(seeds: number): Promise<boolean> {
  const patches = globSync('planted/*.patch', { cwd: import.meta.dirname }).sort()
  const found: Record<string, unknown> = {}
  let all = patches.length > 0
  for (const patch of patches) {
    const name = patch.replace(/^planted\/|\.patch$/g, '')
    const { text, result } = await hunt(join(import.meta.dirname, patch), seeds)
    const rule = /^seed \d+ violates: (.*)$/m.exec(text)?.[1]
    console.log(
      rule === undefined
        ? `NOT FOUND  ${name} in ${result.seeds} seeds`
        : `found      ${name}: seed ${result.failing[0]} violates "${rule}" (${result.seeds} seeds tried)`,
    )
    found[name] = rule === undefined ? null : { seed: result.failing[0], rule, tried: result.seeds }
    all &&= rule !== undefined
  }
  console.log(`RESULT ${JSON.stringify({ planted: patches.length, found })}`)
  return all
}

async function hunt(patch: string, seeds: number) {
  const copy = mkdtempSync(join(tmpdir(), 'tanemaki-planted-'))
  try {
    for (const part of NEEDED) cpSync(join(root, part), join(copy, part), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    execFileSync('git', ['apply', patch], { cwd: copy })
    const args = ['scripts/simulate/main.ts', '--seeds', String(seeds), '--first']
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: copy, maxBuffer: 1 << 26 }).catch(
      (error: unknown) => z.object({ stdout: z.string() }).parse(error),
    )
    return { text: stdout, result: Result.parse(JSON.parse(/^RESULT (.*)$/m.exec(stdout)?.[1] ?? '')) }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
