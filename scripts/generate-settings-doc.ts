// Writes docs/settings.md from the settings schema; a test fails when the file is not what this writes.
import { writeFileSync } from 'node:fs'
import { environmentName } from '../node/config/env.ts'
import { Settings } from '../schemas/config.ts'

/** The page about settings, made from the descriptions in schemas/config.ts. */
export function settingsPage(): string {
  const rows = Object.entries(Settings.shape).map(([name, schema]) => {
    const fallback = schema.safeParse(undefined)
    const value = fallback.success && fallback.data !== undefined ? `\`${JSON.stringify(fallback.data)}\`` : 'none'
    return `| \`${name}\` | \`${environmentName(name)}\` | ${value} | ${schema.description ?? ''} |`
  })
  return `# Settings

\`tanemaki node init --data FOLDER\` writes \`tanemaki.json\` into the data folder; the environment overrides the file. An unknown name is
refused. The data folder itself is named by \`--data\` or \`TANEMAKI_DATA\`.

| setting | environment | default | meaning |
|---|---|---|---|
${rows.join('\n')}

Extra certificate authorities for outgoing TLS (a space with its own) come from \`NODE_EXTRA_CA_CERTS\`, as Node.js reads it.
`
}

if (import.meta.main) writeFileSync('docs/settings.md', settingsPage())
