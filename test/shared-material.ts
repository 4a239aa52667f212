import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Path of published vectors or data beside the checkout; undefined (with a printed reason) where they are absent. */
export function sharedPath(name: string): string | undefined {
  const path = fileURLToPath(new URL(`../../shared/${name}`, import.meta.url))
  if (existsSync(path)) return path
  console.warn(`skipped: ../shared/${name} is not beside this checkout`)
  return undefined
}
