import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Settings } from '../../schemas/config.ts'
import { placesOf, Refused } from '../../protocol/refusal.ts'
import { closest } from '../../protocol/closest.ts'
import { environmentName, readEnvironment } from './env.ts'

export const configurationFile = 'tanemaki.json'

/** Settings of the node in `dataDir`: its configuration file, overridden by the environment. */
export function loadSettings(dataDir: string): Settings {
  const file = join(dataDir, configurationFile)
  const { given, unknown } = readEnvironment()
  const names = Object.keys(Settings.shape)
  const [firstUnknown] = unknown
  if (firstUnknown !== undefined) throw unknownSetting(firstUnknown, names.map(environmentName))
  const merged = { ...readConfiguration(file), ...given }
  const strange = Object.keys(merged).find((name) => !names.includes(name))
  if (strange !== undefined) throw unknownSetting(strange, names)
  const parsed = Settings.safeParse(merged)
  if (parsed.success) return parsed.data
  throw new Refused({
    code: 'setting-invalid',
    detail: 'one or more settings are not valid',
    hint: 'See `tanemaki node start --help` for every setting and its form.',
    errors: placesOf(parsed.error),
  })
}

function readConfiguration(file: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Refused(
      {
        code: 'node-not-initialised',
        detail: `there is no ${configurationFile} in the data folder`,
        hint: 'Create the node first: tanemaki node init --data FOLDER',
      },
      { cause },
    )
  }
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Falls through to the refusal: the parser's message would quote the file.
  }
  throw new Refused({
    code: 'setting-invalid',
    detail: `${configurationFile} is not a JSON object`,
    hint: 'Correct the file, or write a new one with tanemaki node init.',
  })
}

function unknownSetting(name: string, known: readonly string[]): Refused {
  const suggestion = closest(name, known)
  return new Refused({
    code: 'setting-unknown',
    detail: `there is no setting ${name}`,
    hint:
      suggestion === undefined
        ? 'See `tanemaki node start --help` for every setting.'
        : `Did you mean ${suggestion}? See \`tanemaki node start --help\` for every setting.`,
  })
}
