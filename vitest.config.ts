import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{schemas,protocol,node,scripts,test}/**/*.test.ts'],
    globalSetup: 'test/build-bundle.ts',
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // A busy machine can hold a story up for seconds.
    expect: { poll: { timeout: 10_000 } },
    retry: process.env['CI'] === undefined ? 0 : 1,
    pool: 'threads',
    // Files share the modules of their thread: importing them anew for every file takes as long as all tests.
    isolate: false,
    // Stories wait for the network and the disk more than they compute.
    maxWorkers: Math.max(4, availableParallelism()),
  },
})
