import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './node/adapters/sqlite/tables/*.ts',
  out: './node/adapters/sqlite/migrations',
})
