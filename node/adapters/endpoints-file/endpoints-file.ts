import { isAbsolute, join } from 'node:path'
import { placesOf, Refused, refuse } from '../../../protocol/refusal.ts'
import { EndpointsFile, type ModelEndpointEntry } from '../../../schemas/models.ts'
import { readSecretFile } from '../keys-file/secret-file.ts'

/** An entry of the file with the key that it points to. */
export interface ConfiguredEndpoint {
  readonly entry: ModelEndpointEntry
  readonly apiKey?: string
}

export interface EndpointsFileOptions {
  /** Data folder of the node, from which relative paths of key files are meant. */
  readonly dataDir: string
  /** Value of an environment variable. */
  readonly environment: (name: string) => string | undefined
}

/** The model endpoints of a file; none where there is no file. Throws Refused `setting-invalid`. */
export async function openEndpointsFile(
  path: string,
  options: EndpointsFileOptions,
): Promise<readonly ConfiguredEndpoint[]> {
  const text = await readSecretFile(path, 'the file of model endpoints')
  if (text === undefined) return []
  return Promise.all(entriesIn(text).map((entry) => withKey(entry, options)))
}

function entriesIn(text: string): readonly ModelEndpointEntry[] {
  const parsed = EndpointsFile.safeParse(jsonIn(text))
  if (!parsed.success) {
    throw new Refused({
      code: 'setting-invalid',
      detail: 'the file of model endpoints is not well-formed',
      hint: 'Correct the listed places; docs/models.md describes the file.',
      errors: placesOf(parsed.error),
    })
  }
  const { endpoints } = parsed.data
  if (new Set(endpoints.map(({ name }) => name)).size < endpoints.length) {
    refuse('setting-invalid', 'two model endpoints have the same name', 'Give every endpoint a name of its own.')
  }
  return endpoints
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function withKey(
  entry: ModelEndpointEntry,
  { dataDir, environment }: EndpointsFileOptions,
): Promise<ConfiguredEndpoint> {
  const { name, apiKeyFile, apiKeyEnvironment } = entry
  if (apiKeyFile === undefined && apiKeyEnvironment === undefined) return { entry }
  const source = apiKeyFile === undefined ? 'apiKeyEnvironment' : 'apiKeyFile'
  const given =
    apiKeyFile === undefined
      ? environment(apiKeyEnvironment ?? '')
      : await readSecretFile(
          isAbsolute(apiKeyFile) ? apiKeyFile : join(dataDir, apiKeyFile),
          `the API key file of the model endpoint ${name}`,
        )
  const apiKey = given?.trim() ?? ''
  if (!/^[\x21-\x7e]{1,4096}$/.test(apiKey)) {
    refuse(
      'setting-invalid',
      `${source} of the model endpoint ${name} leads to no API key`,
      'Put the key, one line of visible ASCII characters, where it says, or remove the member.',
    )
  }
  return { entry, apiKey }
}
