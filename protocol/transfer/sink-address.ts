import { Sink } from '../../schemas/pushes.ts'
import { type DataAddress, HTTP_PUSH_FORMAT, type PushFormat, S3_PUSH_FORMAT } from '../../schemas/transfer.ts'
import { addressProperty, pushAddress, readAuthorization, readEndpoint } from './data-address.ts'

/** Property of a data address that holds the signed PUT address of the file whose name follows (docs/spec/exchange.md). */
const PUT_PROPERTY = 'urn:tanemaki:put:v1:'

/** The distribution format by which a push to this sink is asked for. */
export function formatOf(sink: Sink): PushFormat {
  return sink.kind === 'http' ? HTTP_PUSH_FORMAT : S3_PUSH_FORMAT
}

/** The data address by which a consumer names its sink, readable for this program and for EDC. */
export function sinkAddress(sink: Sink): DataAddress {
  if (sink.kind === 'presigned') {
    const urls = Object.entries(sink.urls).map(([name, url]) => [PUT_PROPERTY + name, url] as const)
    const endpointProperties = urls.map(([name, value]) => ({ '@type': 'EndpointProperty' as const, name, value }))
    return { '@type': 'DataAddress', endpointType: 'AmazonS3', endpointProperties }
  }
  if (sink.kind === 's3') {
    const { bucket, region, endpoint, prefix, accessKeyId, secretAccessKey, sessionToken } = sink
    const optional = { endpointOverride: endpoint, folderName: prefix === '' ? undefined : prefix, sessionToken }
    return pushAddress('AmazonS3', { bucketName: bucket, region, accessKeyId, secretAccessKey, ...given(optional) })
  }
  const { url, method, headers } = sink
  const entries = Object.entries(headers)
  const authorization = entries.find(([name]) => name.toLowerCase() === 'authorization')
  const others = entries.filter((entry) => entry !== authorization)
  const facts = {
    baseUrl: url,
    method,
    ...(authorization === undefined ? {} : { authKey: 'Authorization', authCode: authorization[1] }),
    ...Object.fromEntries(others.map(([name, value]) => [`header:${name}`, value])),
  }
  return pushAddress('HttpData', facts, url)
}

function given(facts: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries: [string, string][] = []
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) entries.push([name, value])
  return Object.fromEntries(entries)
}

/** Why a data address names no sink, for people; repeats no value of it. */
export interface SinkFault {
  readonly fault: string
}

/**
 * The sink that the data address of a push names: for HttpData-PUSH an address with its authorization, for AmazonS3-PUSH a bucket
 * with keys, or signed addresses. Reads plain names and EDC's.
 */
export function readSinkAddress(format: PushFormat, address: DataAddress): Sink | SinkFault {
  const claim = format === HTTP_PUSH_FORMAT ? httpClaim(address) : (presignedClaim(address) ?? s3Claim(address))
  const parsed = Sink.safeParse(claim)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  // Names of headers and files are the consumer's words, and urls are secrets: neither is repeated.
  const place = String(issue?.path[0] ?? 'address')
  return { fault: `${place}: ${issue?.code === 'invalid_type' ? 'is missing' : 'is not what it should be'}` }
}

function httpClaim(address: DataAddress): unknown {
  const authorization = readAuthorization(address)
  const headers = Object.fromEntries([
    ...headerProperties(address),
    ...(authorization === undefined ? [] : [[authorization.name, authorization.value] as const]),
  ])
  const method = addressProperty(address, 'method')?.toUpperCase()
  return { kind: 'http', url: readEndpoint(address), headers, ...(method === undefined ? {} : { method }) }
}

/** EDC's additional headers: properties named `header:` and the name of the header. Names in lower case. */
function headerProperties(address: DataAddress): (readonly [string, string])[] {
  return (address.endpointProperties ?? []).flatMap(({ name, value }) => {
    const header = /^(?:.*\/ns\/|edc:)?header:(.+)$/.exec(name)?.[1]
    return header === undefined ? [] : [[header.toLowerCase(), value] as const]
  })
}

function presignedClaim(address: DataAddress): unknown {
  const urls = (address.endpointProperties ?? []).flatMap(({ name, value }) =>
    name.startsWith(PUT_PROPERTY) ? [[name.slice(PUT_PROPERTY.length), value] as const] : [],
  )
  return urls.length === 0 ? undefined : { kind: 'presigned', urls: Object.fromEntries(urls) }
}

function s3Claim(address: DataAddress): unknown {
  const first = (...names: string[]) =>
    names.map((name) => addressProperty(address, name)).find((value) => value !== undefined)
  const optional = {
    region: first('region'),
    endpoint: first('endpointOverride') ?? address.endpoint ?? first('endpoint'),
    prefix: first('folderName', 'keyName'),
    sessionToken: first('sessionToken'),
  }
  return {
    kind: 's3',
    bucket: first('bucketName', 'bucket'),
    accessKeyId: first('accessKeyId'),
    secretAccessKey: first('secretAccessKey'),
    ...given(optional),
  }
}

/** Where a push goes without anything that could be a secret: paths and queries of HTTP addresses can be. */
export function sinkLabel(sink: Sink): string {
  if (sink.kind === 'http') return new URL(sink.url).origin
  if (sink.kind === 'presigned') {
    return [...new Set(Object.values(sink.urls).map((url) => new URL(url).origin))].join(', ').slice(0, 512)
  }
  return `s3://${sink.bucket}${sink.endpoint === undefined ? '' : ` at ${new URL(sink.endpoint).origin}`}`
}

/** Every address that would be contacted, to be vetted before anything is promised. */
export function sinkUrls(sink: Sink): readonly string[] {
  if (sink.kind === 'presigned') return Object.values(sink.urls)
  return [sink.kind === 'http' ? sink.url : s3Origin(sink)]
}

/**
 * Address in front of the keys of a bucket, without trailing slash. A named server is addressed by path, as all of them
 * understand; AWS by host name, unless a dot in the bucket's name would not fit its certificate.
 */
export function s3Origin({ bucket, region, endpoint }: Extract<Sink, { kind: 's3' }>): string {
  if (endpoint !== undefined) return `${endpoint.replace(/\/+$/, '')}/${bucket}`
  const server = `s3.${region}.amazonaws.com`
  return bucket.includes('.') ? `https://${server}/${bucket}` : `https://${bucket}.${server}`
}

/** `<url>/<name>`, in front of a query that the url may have. */
export function fileUrl(base: string, name: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/${name.split('/').map(encodeURIComponent).join('/')}`
  url.hash = ''
  return url.href
}
