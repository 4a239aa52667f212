import { expect, test } from 'vitest'
import type { TextDiversity } from '../../../schemas/run-report.ts'
import { measureDiversity } from '../../text/diversity.ts'
import { personaEffect } from './persona-effect.ts'
import { reportDraws } from './report-sampling.ts'

const measured = (texts: readonly string[]): TextDiversity =>
  measureDiversity(texts, {
    tokens: { unit: 'characters' },
    unit: reportDraws(),
    deflatedSize: (bytes) => bytes.length,
  })

const openings = ['漁師', '教師', '看護師', '大工', '農家', '画家', '運転手', '料理人']
const varied = openings.map((who, at) => `${who}が${at + 3}日以内に出す届出について、${who}の言葉で尋ねる。`)
const alike = openings.map((_, at) => `届出について${at % 2}回尋ねる。`)

test('personas that make rows differ by all three measures are told from decoration', () => {
  const effect = personaEffect(measured(varied), measured(alike))
  expect(effect).toMatchObject({ rows: 8, favoursPersonas: true })
  expect(personaEffect(measured(alike), measured(varied))).toMatchObject({ favoursPersonas: false })
  expect(personaEffect(measured(alike), measured(alike))).toMatchObject({
    distinct2: 0,
    vendi: 0,
    favoursPersonas: false,
  })
})

test('runs are compared on equally many rows only', () => {
  expect(personaEffect(measured(varied), measured(alike.slice(1)))).toMatchObject({ code: 'conflict' })
  expect(personaEffect(undefined, measured(alike))).toMatchObject({ code: 'conflict' })
})
