import { cpSync, rmSync } from 'node:fs'
import { defineConfig } from 'rolldown'

const migrations = {
  name: 'migrations',
  buildStart: () => rmSync('dist', { recursive: true, force: true }),
  writeBundle: () => cpSync('node/adapters/sqlite/migrations', 'dist/migrations', { recursive: true }),
}

export default defineConfig({
  input: {
    tanemaki: 'node/cli/main.ts',
    worker: 'node/adapters/workers-threads/worker-main.ts',
  },
  platform: 'node',
  external: ['better-sqlite3'],
  plugins: [migrations],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    minify: 'dce-only',
  },
})
