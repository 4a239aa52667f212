import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Sink } from '../../schemas/pushes.ts'
import { DataAddress, HTTP_PUSH_FORMAT, S3_PUSH_FORMAT } from '../../schemas/transfer.ts'
import { fileUrl, formatOf, readSinkAddress, s3Origin, sinkAddress, sinkLabel } from './sink-address.ts'

const EDC = 'https://w3id.org/edc/v0.0.1/ns/'
const address = (facts: Record<string, string>, more: object = {}) =>
  DataAddress.parse({
    endpointType: 'HttpData',
    ...more,
    endpointProperties: Object.entries(facts).map(([name, value]) => ({ name, value })),
  })
const under = (prefix: string, facts: Record<string, string>) =>
  Object.fromEntries(Object.entries(facts).map(([name, value]) => [prefix + name, value]))

const visible = (options: { minLength: number; maxLength: number }) =>
  fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), ...options })
const url = fc.webUrl({ validSchemes: ['https'], withQueryParameters: true }).filter((text) => text.length < 4096)
const header = fc.constantFrom('authorization', 'x-api-key', 'x-ms-blob-type', 'if-none-match')
const sink: fc.Arbitrary<Sink> = fc.oneof(
  fc.record({
    kind: fc.constant('http' as const),
    url,
    method: fc.constantFrom('PUT' as const, 'POST' as const),
    headers: fc.dictionary(header, visible({ minLength: 1, maxLength: 80 }), { noNullPrototype: true }),
  }),
  fc.record(
    {
      kind: fc.constant('s3' as const),
      bucket: fc.stringMatching(/^[a-z0-9][a-z0-9-]{1,20}[a-z0-9]$/),
      region: fc.constantFrom('us-east-1', 'ap-northeast-1'),
      endpoint: url,
      prefix: fc.stringMatching(/^[a-z0-9 /+]{0,20}$/),
      accessKeyId: visible({ minLength: 1, maxLength: 30 }),
      secretAccessKey: visible({ minLength: 1, maxLength: 60 }),
      sessionToken: visible({ minLength: 1, maxLength: 200 }),
    },
    { requiredKeys: ['kind', 'bucket', 'region', 'prefix', 'accessKeyId', 'secretAccessKey'] },
  ),
  fc.record({
    kind: fc.constant('presigned' as const),
    urls: fc.dictionary(fc.stringMatching(/^[a-z0-9.]{1,20}$/), url, { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
  }),
)

describe('the data address of a push', () => {
  it('is read as the sink that it was written for', () => {
    fc.assert(
      fc.property(sink, (written) => {
        const read = readSinkAddress(formatOf(written), DataAddress.parse(sinkAddress(written)))
        expect(read).toEqual(Sink.parse(written))
      }),
    )
  })

  it.each([
    ['plain', ''],
    ["EDC's", EDC],
    ['prefixed', 'edc:'],
  ])('is read with %s names of an HTTP address', (_, prefix) => {
    const facts = { baseUrl: 'https://sink.example/in?x=1', method: 'post', authKey: 'X-Api-Key', authCode: 'k 1' }
    expect(readSinkAddress(HTTP_PUSH_FORMAT, address(under(prefix, { ...facts, 'header:X-Run': '7' })))).toEqual({
      kind: 'http',
      url: 'https://sink.example/in?x=1',
      method: 'POST',
      headers: { 'x-api-key': 'k 1', 'x-run': '7' },
    })
  })

  it('takes a bearer token without the word, and another scheme as it is', () => {
    const read = (facts: Record<string, string>) =>
      readSinkAddress(HTTP_PUSH_FORMAT, address(facts, { endpoint: 'https://sink.example/' }))
    expect(read({ authorization: 'abc' })).toMatchObject({ headers: { authorization: 'Bearer abc' } })
    expect(read({ authorization: 'abc', authType: 'bearer' })).toMatchObject({
      headers: { authorization: 'Bearer abc' },
    })
    expect(read({ authorization: 'Basic YTpi' })).toMatchObject({ headers: { authorization: 'Basic YTpi' } })
    expect(read({ authorization: 'YTpi', authType: 'other' })).toMatchObject({ headers: { authorization: 'YTpi' } })
  })

  it.each([
    ['plain', ''],
    ["EDC's", EDC],
  ])("is read with %s names of EDC's AmazonS3", (_, prefix) => {
    const facts = { bucketName: 'b-1', region: 'eu-central-1', accessKeyId: 'A', secretAccessKey: 'S', keyName: 'in/x' }
    expect(readSinkAddress(S3_PUSH_FORMAT, address(under(prefix, facts)))).toEqual({
      kind: 's3',
      bucket: 'b-1',
      region: 'eu-central-1',
      accessKeyId: 'A',
      secretAccessKey: 'S',
      prefix: 'in/x',
    })
  })

  it('is refused with the name of what is wrong, and never with its value', () => {
    const secret = 'very-secret\nvalue'
    const faulty: [typeof HTTP_PUSH_FORMAT | typeof S3_PUSH_FORMAT, Record<string, string>, string][] = [
      [HTTP_PUSH_FORMAT, {}, 'url'],
      [HTTP_PUSH_FORMAT, { baseUrl: 'ftp://sink.example' }, 'url'],
      [HTTP_PUSH_FORMAT, { baseUrl: 'https://sink.example', method: 'DELETE' }, 'method'],
      [HTTP_PUSH_FORMAT, { baseUrl: 'https://sink.example', authCode: secret }, 'headers'],
      [HTTP_PUSH_FORMAT, { baseUrl: 'https://sink.example', authKey: 'Host', authCode: 'x' }, 'headers'],
      [HTTP_PUSH_FORMAT, { baseUrl: 'https://sink.example', 'header:Transfer-Encoding': 'chunked' }, 'headers'],
      [S3_PUSH_FORMAT, { bucketName: 'b-1', accessKeyId: 'A' }, 'secretAccessKey'],
      [S3_PUSH_FORMAT, { bucketName: 'B/../x', accessKeyId: 'A', secretAccessKey: 'S' }, 'bucket'],
      [S3_PUSH_FORMAT, { bucketName: 'b-1', accessKeyId: 'A', secretAccessKey: 'S', keyName: '../x' }, 'prefix'],
      [S3_PUSH_FORMAT, { 'urn:tanemaki:put:v1:a': secret }, 'urls'],
    ]
    for (const [format, facts, place] of faulty) {
      const read = readSinkAddress(format, address(facts))
      expect(read).toMatchObject({ fault: expect.stringMatching(new RegExp(`^${place}: `)) })
      expect(JSON.stringify(read)).not.toContain('secret\\n')
    }
  })

  it('is shown without path, query, headers and keys', () => {
    fc.assert(
      fc.property(sink, (any) => {
        const label = sinkLabel(any)
        expect(label.length).toBeLessThanOrEqual(512)
        expect(label).not.toMatch(/[?#]/)
      }),
    )
    expect(sinkLabel(Sink.parse({ kind: 'http', url: 'https://u.example/secret-path?sig=1' }))).toBe(
      'https://u.example',
    )
  })

  it('puts the name of a file behind the path and before the query', () => {
    expect(fileUrl('https://sink.example/in/?sig=a%2Fb#x', 'part-0001.parquet')).toBe(
      'https://sink.example/in/part-0001.parquet?sig=a%2Fb',
    )
    expect(fileUrl('https://sink.example', 'a b+c/d')).toBe('https://sink.example/a%20b%2Bc/d')
  })

  it('addresses a named server by path and AWS by the host name of the bucket', () => {
    const keys = { kind: 's3', accessKeyId: 'A', secretAccessKey: 'S', region: 'eu-west-1', prefix: '' } as const
    expect(s3Origin({ ...keys, bucket: 'b-1' })).toBe('https://b-1.s3.eu-west-1.amazonaws.com')
    expect(s3Origin({ ...keys, bucket: 'b.1' })).toBe('https://s3.eu-west-1.amazonaws.com/b.1')
    expect(s3Origin({ ...keys, bucket: 'b-1', endpoint: 'https://s3.example:9000/' })).toBe(
      'https://s3.example:9000/b-1',
    )
  })
})
