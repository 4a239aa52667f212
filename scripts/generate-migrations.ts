// Writes the baseline migration anew from the tables. Until the first release there is one baseline; afterwards
// `drizzle-kit generate` adds forward migrations instead.
import { execFileSync } from 'node:child_process'
import { readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const folder = 'node/adapters/sqlite/migrations'
rmSync(folder, { recursive: true, force: true })
execFileSync(process.execPath, ['node_modules/drizzle-kit/bin.cjs', 'generate', '--name', 'baseline'], {
  stdio: 'inherit',
})
for (const name of readdirSync(folder)) renameSync(join(folder, name), join(folder, '20260101000000_baseline'))
