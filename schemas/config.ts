import * as z from 'zod'

const Port = z.coerce.number().int().min(0).max(65_535)
const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'must be true or false',
})
const HostList = z.union([
  z.array(z.string()),
  z.string().transform((text) =>
    text
      .split(',')
      .map((host) => host.trim())
      .filter((host) => host !== ''),
  ),
])
const PowerOfTwo = z.coerce
  .number()
  .int()
  .min(16_384)
  .max(16 * 1024 * 1024)
  .refine((size) => Number.isInteger(Math.log2(size)), 'not a power of two')

/**
 * Every setting of a node. The configuration file uses these names; the environment uses `TANEMAKI_` and the name in
 * upper case with underscores. `--help` and the documentation are made from these descriptions.
 */
export const Settings = z.strictObject({
  name: z.string().min(1).max(120).default('Tanemaki node').describe('Name of the organisation, shown to partners'),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('http://localhost:7600')
    .describe('Address under which peers reach the public listener; the did:web identifier is derived from it'),
  publicHost: z.string().default('127.0.0.1').describe('Interface of the public listener'),
  publicPort: Port.default(7600).describe('Port of the public listener'),
  managementHost: z.string().default('127.0.0.1').describe('Interface of the management listener'),
  managementPort: Port.default(7700).describe('Port of the management listener'),
  tlsCertificate: z.string().optional().describe('PEM file with the certificate chain of the public listener'),
  tlsKey: z.string().optional().describe('PEM file with the private key of the public listener'),
  developmentLocalhost: Flag.default(false).describe(
    'Accept did:web over localhost and plain HTTP on loopback; for trying things out on one machine only',
  ),
  privateHosts: HostList.default([]).describe(
    'Host names that may resolve to private addresses (a space inside one network); all others may not',
  ),
  chunkSize: PowerOfTwo.default(1024 * 1024).describe('Bytes per verified chunk of a published file, a power of two'),
  transferBytesPerSecond: z.coerce
    .number()
    .int()
    .min(1024)
    .optional()
    .describe(
      'Most bytes per second that one answer of the data endpoint, or one push, sends; default: as fast as it goes',
    ),
  pushPatienceSeconds: z.coerce
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(86_400)
    .describe(
      'How long a push is tried again while the storage of the partner takes nothing, before the transfer ends',
    ),
  keyFile: z.string().optional().describe('File of mode 0600 with the node key; default: node.key in the data folder'),
  negotiationStrategy: z
    .enum(['automatic', 'manual'])
    .default('automatic')
    .describe('Who answers requests and offers of partners: the policy alone, or a person where the policy permits'),
  drainSeconds: z.coerce
    .number()
    .min(0)
    .max(600)
    .default(10)
    .describe('How long a stopping node lets requests and jobs finish'),
  logLevel: z
    .enum(['error', 'warn', 'info', 'silent'])
    .default('info')
    .describe('Least severe log line that is written'),
})
export type Settings = z.infer<typeof Settings>
export type SettingName = keyof typeof Settings.shape
