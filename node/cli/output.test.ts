import { afterEach, describe, expect, it, vi } from 'vitest'
import { createOutput } from './output.ts'

const written = { out: '', error: '' }

function capture(act: () => void): { out: string; error: string } {
  Object.assign(written, { out: '', error: '' })
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true))
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.error += String(text)), true))
  act()
  vi.restoreAllMocks()
  return { ...written }
}
afterEach(() => vi.restoreAllMocks())

const hostile = 'safe\u001b]52;c;ZXZpbA==\u0007\u001b[2J\u009b8mhidden\u202egnp.exe\r\nforged row\u2028x\u0000\u007f'
const dangerous = /[^\n\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\uffff]/

describe('what the command line prints of others', () => {
  it('moves no cursor, writes no clipboard, hides nothing and forges no row', () => {
    const { out } = capture(() =>
      createOutput(false).result({}, (print) => {
        print.heading(hostile)
        print.fields([['title', hostile]])
        print.table(['dataset', 'title'], [[hostile, hostile]])
        print.line(hostile)
      }),
    )
    expect(out).not.toMatch(dangerous)
    expect(out.split('\n').filter((line) => line.startsWith('forged row'))).toHaveLength(1)
    expect(out).toContain('safe\\u001b]52;c;')
  })

  it('is as harmless in problems, in progress and as JSON', () => {
    const problem = {
      type: 't',
      title: hostile,
      status: 400,
      code: 'internal',
      detail: hostile,
      hint: hostile,
    } as const
    for (const json of [false, true]) {
      const { out, error } = capture(() => {
        createOutput(json).problem({ ...problem, errors: [{ path: hostile, message: hostile }] })
        createOutput(json).progress(hostile)
        if (json) createOutput(json).result({ [hostile]: hostile }, () => {})
      })
      expect(out + error).not.toMatch(dangerous)
      if (json) expect(out).toContain(String.raw`\u009b8m`)
    }
  })

  it('keeps paragraphs of a text, and the colours of the program itself', () => {
    const { out } = capture(() =>
      createOutput(false).result({}, (print) => {
        print.line('first\nsecond\t日本語 ♥')
        print.line(print.paint('green', hostile))
      }),
    )
    expect(out).toContain('first\nsecond ')
    expect(out).toContain('日本語 ♥')
  })
})

describe('progress', () => {
  const onTerminal = (act: () => void) => {
    const before = Object.getOwnPropertyDescriptor(process.stderr, 'isTTY')
    Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true })
    try {
      return capture(act)
    } finally {
      if (before === undefined) Reflect.deleteProperty(process.stderr, 'isTTY')
      else Object.defineProperty(process.stderr, 'isTTY', before)
    }
  }
  const clear = '\r\u001b[2K'

  it('leaves its line on a terminal before the answer begins, whoever gives it', () => {
    const { out, error } = onTerminal(() => {
      createOutput(false).progress('half')
      createOutput(false).result({}, (print) => print.line('done'))
    })
    expect({ out, error }).toEqual({ out: 'done\n', error: `${clear}half${clear}` })
  })

  it('is silent where nobody looks, but not about what it waits for', () => {
    const { error } = capture(() => {
      createOutput(false).progress('half')
      createOutput(false).notice('The provider does not answer.')
    })
    expect(error).toBe('The provider does not answer.\n')
    expect(capture(() => createOutput(true).notice('waits')).error).toBe('{"progress":"waits"}\n')
  })
})
