import { describe, expect, it } from 'vitest'
import { checkRangeAnswer, MAX_HEAD_BYTES, readResponseHead, type ResponseHead } from './response-head.ts'

function head(text: string): ResponseHead {
  const read = readResponseHead(Buffer.from(text, 'latin1'))
  if (read === undefined || typeof read === 'string') throw new Error(read ?? 'incomplete')
  return read
}

const partial = 'HTTP/1.1 206 Partial Content\r\nContent-Length: 10\r\ncontent-range: bytes 5-14/100\r\n\r\n'
const asked = { start: 5, end: 15, size: 100 }

describe('head of an answer', () => {
  it('is read once it is complete', () => {
    expect(readResponseHead(Buffer.from(partial.slice(0, -1)))).toBeUndefined()
    expect(head(`${partial}body`)).toMatchObject({ status: 206, length: partial.length })
  })

  const refused: [string, string][] = [
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n'],
    ['no HTTP', 'SSH-2.0\r\n\r\n'],
    ['a folded field', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 3\r\n\r\n'],
    ['a bare line feed', 'HTTP/1.1 200 OK\r\na: b\nc: d\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n'],
  ]
  for (const [what, text] of refused) {
    it(`is refused with ${what}`, () => expect(typeof readResponseHead(Buffer.from(text))).toBe('string'))
  }

  it('is refused when it never ends', () => {
    expect(typeof readResponseHead(Buffer.alloc(MAX_HEAD_BYTES, 'a'))).toBe('string')
  })
})

describe('answer to a range request', () => {
  it('is taken when it announces exactly the asked bytes', () => {
    expect(checkRangeAnswer(head(partial), asked)).toBeUndefined()
    const whole = head('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
    expect(checkRangeAnswer(whole, { start: 0, end: 100, size: 100 })).toBeUndefined()
  })

  it('is refused when it announces other bytes, another form or no length', () => {
    const answers = [
      'HTTP/1.1 206 x\r\ncontent-length: 11\r\ncontent-range: bytes 5-14/100\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-length: 10\r\ncontent-range: bytes 6-15/100\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-length: 10\r\ncontent-range: bytes 5-14/101\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-length: 10\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-range: bytes 5-14/100\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-length: 10\r\ntransfer-encoding: chunked\r\ncontent-range: bytes 5-14/100\r\n\r\n',
      'HTTP/1.1 206 x\r\ncontent-length: 10\r\ncontent-encoding: gzip\r\ncontent-range: bytes 5-14/100\r\n\r\n',
      'HTTP/1.1 200 x\r\ncontent-length: 10\r\n\r\n',
    ]
    for (const answer of answers) expect(checkRangeAnswer(head(answer), asked)).toBeTypeOf('string')
  })
})
