import { type SettingName, Settings } from '../../schemas/config.ts'

/** Environment variable of a setting: publicUrl → TANEMAKI_PUBLIC_URL. */
export function environmentName(setting: string): string {
  return `TANEMAKI_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
}

/** Settings given in the environment, and the names of TANEMAKI_ variables that are none. */
export function readEnvironment(): { given: Partial<Record<SettingName, string>>; unknown: string[] } {
  const names = new Map(Object.keys(Settings.shape).map((name) => [environmentName(name), name]))
  const given: Record<string, string> = {}
  const unknown: string[] = []
  for (const [variable, value] of Object.entries(process.env)) {
    if (!variable.startsWith('TANEMAKI_') || variable === 'TANEMAKI_DATA' || value === undefined) continue
    const setting = names.get(variable)
    if (setting === undefined) unknown.push(variable)
    else given[setting] = value
  }
  return { given, unknown }
}

/** Data folder named by the environment. */
export function dataFolderFromEnvironment(): string | undefined {
  return process.env['TANEMAKI_DATA']
}

/** Value of a variable that a file in the data folder names as the place of a secret. */
export function secretFromEnvironment(name: string): string | undefined {
  return process.env[name]
}

/** Keys of a bucket under the names that all tools of S3 read; undefined where they are not given. */
export function storageKeysFromEnvironment() {
  return {
    accessKeyId: process.env['AWS_ACCESS_KEY_ID'],
    secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'],
    sessionToken: process.env['AWS_SESSION_TOKEN'],
    region: process.env['AWS_REGION'],
  }
}
