import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2019 } from 'ajv/dist/2019.js'

export function readSchemaFile(path: string): Record<string, unknown> {
  return JSON.parse(readFileSync(path, 'utf8').replaceAll('#definitions/', '#/definitions/')) as Record<string, unknown>
}

function kebab(type: string): string {
  return type.replaceAll(/(?<=.)([A-Z])/g, '-$1').toLowerCase()
}

/** What the published schema of its type finds wrong with a message. `folder`: `vectors/dsp` of the shared material. */
export function dspSchemas(folder: string): (message: unknown) => unknown[] {
  const ajv = new Ajv2019({ strict: false, validateFormats: false })
  const files = ['catalog', 'negotiation', 'transfer', 'common'].flatMap((part) =>
    readdirSync(join(folder, part))
      .filter((name) => name.endsWith('-schema.json'))
      .map((name) => join(folder, part, name)),
  )
  for (const file of files) ajv.addSchema(readSchemaFile(file))
  const idOf = (type: string) => {
    const file = files.find((each) => each.endsWith(`/${kebab(type)}-schema.json`))
    if (file === undefined) throw new Error(`no schema for ${type}`)
    return String(readSchemaFile(file)['$id'])
  }
  return (message) => {
    const schema = ajv.getSchema(idOf(String((message as Record<string, unknown>)['@type'])))
    if (schema === undefined) throw new Error('the schema was not added')
    return schema(message) === true ? [] : (schema.errors ?? [])
  }
}
