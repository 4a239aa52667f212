import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'rolldown'

const files = {
  name: 'files',
  renderStart: ({ dir }) => rmSync(dir, { recursive: true, force: true }),
  writeBundle: ({ dir }) => {
    cpSync('node/adapters/sqlite/migrations', join(dir, 'migrations'), { recursive: true })
    cpSync('node/generation/recipes', join(dir, 'recipes'), { recursive: true })
  },
}

export default defineConfig({
  input: {
    tanemaki: 'node/cli/main.ts',
    worker: 'node/adapters/workers-threads/worker-main.ts',
  },
  platform: 'node',
  external: ['better-sqlite3'],
  plugins: [files],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    minify: 'dce-only',
  },
})
