import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const SUFFIX = '.yaml'

/** Beside the bundle, or where the sources have them. */
function folder(): string {
  const bundled = fileURLToPath(new URL('./recipes/', import.meta.url))
  return existsSync(bundled) ? bundled : fileURLToPath(new URL('../generation/recipes/', import.meta.url))
}

/** Names of the recipes that come with the program. */
export function shippedRecipes(): string[] {
  return readdirSync(folder())
    .filter((name) => name.endsWith(SUFFIX))
    .map((name) => name.slice(0, -SUFFIX.length))
    .toSorted()
}

/** File of a shipped recipe; undefined when none has the name. */
export function shippedRecipe(name: string): string | undefined {
  return shippedRecipes().includes(name) ? `${folder()}${name}${SUFFIX}` : undefined
}
