import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{schemas,protocol,node,scripts,test}/**/*.test.ts'],
    globalSetup: 'test/build-bundle.ts',
    testTimeout: 20_000,
    pool: 'threads',
    isolate: false,
  },
})
