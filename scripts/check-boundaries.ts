// Checks every import against scripts/import-rules.ts. Fails on a violation, and when fewer files were read than exist.
import { globSync, readFileSync, readdirSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'
import { importRules } from './import-rules.ts'

export interface BoundaryReport {
  readonly exist: number
  readonly read: number
  readonly violations: readonly string[]
}

/** Everything `file` imports: paths from the project root, `npm:package`, `node:module`. */
export function importsOf(file: string, source: string): string[] {
  const { module, errors } = parseSync(file, source)
  if (errors.length > 0) throw new Error(`${file} cannot be parsed`)
  const dynamic = module.dynamicImports.map(({ moduleRequest: { start, end } }) => source.slice(start, end))
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.map((exported) => exported.moduleRequest?.value)),
    ...dynamic.map((text) => /^['"`](.*)['"`]$/.exec(text)?.[1]),
  ]
  return [...new Set(specifiers.filter((specifier) => specifier !== undefined))].map((specifier) =>
    place(file, specifier),
  )
}

function place(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return join(dirname(file), specifier)
  if (isBuiltin(specifier)) return specifier.startsWith('node:') ? specifier : `node:${specifier}`
  return `npm:${specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')}`
}

/** What one file breaks. */
export function violationsOf(file: string, source: string): string[] {
  const imports = importsOf(file, source)
  return importRules
    .filter((rule) => rule.from.test(file) && rule.except?.test(file) !== true)
    .flatMap((rule) =>
      imports
        .filter((target) => rule.forbid?.test(target) === true || rule.allow?.(file).test(target) === false)
        .map((target) => `${rule.name}: ${file} imports ${target}`),
    )
}

const notSource = new Set(['node_modules', 'dist', '.demo', '.bench', '.git', 'coverage'])
/** Configuration and launchers at the root and in bin/ import tools only; they belong to no layer. */
const launcher = /^(bin\/)?[^/]+\.(ts|js)$/

/** Counts the source files under `root` by walking every folder, so that a new folder is not overlooked. */
export function countSourceFiles(root: string, folder = ''): number {
  return readdirSync(join(root, folder), { withFileTypes: true }).reduce((count, entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (entry.isDirectory()) return notSource.has(entry.name) ? count : count + countSourceFiles(root, path)
    return /\.(ts|js)$/.test(entry.name) && !launcher.test(path) ? count + 1 : count
  }, 0)
}

/** Reads every source file under `root`. */
export function checkBoundaries(root: string): BoundaryReport {
  const files = globSync('{schemas,protocol,node,scripts,test}/**/*.{ts,js}', { cwd: root })
  let read = 0
  const violations = files.flatMap((file) => {
    const broken = violationsOf(file, readFileSync(join(root, file), 'utf8'))
    read++
    return broken
  })
  return { exist: countSourceFiles(root), read, violations }
}

if (import.meta.main) {
  const { exist, read, violations } = checkBoundaries('.')
  for (const violation of violations) console.error(violation)
  console.log(`import rules: ${read} of ${exist} files read, ${violations.length} violations`)
  if (violations.length > 0 || read < exist || read === 0) process.exitCode = 1
}
