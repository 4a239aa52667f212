import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { expect, it } from 'vitest'

const patches = globSync('scripts/simulate/planted/*.patch')

it('has three bugs to plant', () => {
  expect(patches).toHaveLength(3)
})

it.each(patches)('%s still finds the code that it spoils', (patch) => {
  execFileSync('git', ['apply', '--check', patch], { stdio: 'pipe' })
})
