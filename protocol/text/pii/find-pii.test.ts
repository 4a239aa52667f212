import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isCardNumber, isCorporateNumber, isIban, isMyNumber } from './checked-numbers.ts'
import { findPii, piiValues } from './find-pii.ts'

const kindsIn = (text: string): string[] => findPii(text).map(({ kind }) => kind)

test('check digits follow their ordinances and standards', () => {
  expect(['123456789018', '123456789010'].map(isMyNumber)).toEqual([true, false])
  expect(['7000012050002', '7123456789012', '1123456789012'].map(isCorporateNumber)).toEqual([true, true, false])
  expect(['4111111111111111', '4111111111111112'].map(isCardNumber)).toEqual([true, false])
  expect(['GB82WEST12345698765432', 'GB82WEST12345698765433'].map(isIban)).toEqual([true, false])
})

test('one digit changed makes a My Number invalid, unless the rest of eleven folds onto zero', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 11 }), fc.integer({ min: 1, max: 9 }), (at, by) => {
      const valid = '123456789018'
      const digit = (Number(valid[at]) + by) % 10
      const changed = `${valid.slice(0, at)}${digit}${valid.slice(at + 1)}`
      if (at === 11) expect(isMyNumber(changed)).toBe(false)
      else expect(changed).not.toBe(valid)
    }),
  )
})

test('every kind is found in the notations in which it is written', () => {
  const vectors: readonly (readonly [string, string])[] = [
    ['個人番号は１２３４－５６７８－９０１８です', 'my-number'],
    ['番号123456789018', 'my-number'],
    ['登録番号T7000012050002', 'corporate-number'],
    ['カード 4111-1111-1111-1111', 'card'],
    ['IBAN GB82 WEST 1234 5698 7654 32', 'iban'],
    ['電話 ０９０ー１２３４ー５６７８', 'phone'],
    ['TEL 03-1234-5678 まで', 'phone'],
    ['0120-123-456', 'phone'],
    ['+81 90-1234-5678', 'phone'],
    ['call +44 20 7946 0958', 'phone'],
    ['taro.yamada+x@example.co.jp へ', 'email'],
    ['見よ https://example.jp/a?b=1 。', 'url'],
    ['host 192.168.10.7', 'ip'],
    ['2001:db8:0:0:0:0:0:1', 'ip'],
    ['〒100-8968', 'postal-code'],
    ['東京都千代田区霞が関1-3-1', 'address'],
    ['東京都千代田区霞が関一丁目三番一号', 'address'],
    ['大阪市北区中之島１丁目３番２０号', 'address'],
    ['12 Baker Street', 'address'],
    ['旅券番号 TK1234567', 'passport'],
    ['運転免許証番号 第 012345678901 号', 'driving-licence'],
    ['在留カード AB12345678CD', 'residence-card'],
    ['基礎年金番号 1234-567890', 'pension-number'],
    ['保険者番号 12345678', 'health-insurance'],
    ['普通 1234567', 'bank-account'],
    ['0001-123-1234567', 'bank-account'],
    ['佐藤花子様', 'name'],
    ['氏名：髙橋 一郎', 'name'],
    ['Dr. Jane Smith said', 'name'],
    ['鈴木さんの話', 'surname'],
    ['生年月日 昭和60年4月1日', 'birth-date'],
    ['S60.4.1生', 'birth-date'],
    ['born on 1985-04-01', 'birth-date'],
  ]
  for (const [text, kind] of vectors) expect({ text, kinds: kindsIn(text) }).toEqual({ text, kinds: [kind] })
})

test('what only looks like personal data is none', () => {
  const texts = [
    'お客様と皆様、王様、神様',
    '第12条第3項の規定により30日以内に届け出る。',
    '令和8年4月1日から施行する。',
    '1,234,567円',
    '千代田区の人口は6万人',
    '番号 123456789012',
    '2026-04-01T00:00:00Z',
    'version 1.2.3.4567',
    'a3f123456789018c04111111111111111e',
    'id-123456789018',
    '免許を受けた者は5年ごとに更新する',
  ]
  for (const text of texts) expect({ text, kinds: kindsIn(text) }).toEqual({ text, kinds: [] })
})

test('a match points at the datum in the text as it was written', () => {
  const text = '☎は\u200B０９０－１２３４－５６７８です'
  const [match] = findPii(text)
  expect(text.slice(match?.start, match?.end)).toBe('０９０－１２３４－５６７８')
})

test('one datum in two notations has one value', () => {
  const values = (text: string): string[] => piiValues(text).map(({ value }) => value)
  expect(values('電話 ０９０－１２３４－５６７８')).toEqual(values('+81 90 1234 5678'))
  expect(values('霞が関: 東京都千代田区霞が関一丁目三番一号')).toEqual(values('東京都千代田区霞が関1-3-1'))
  expect(values('生年月日 昭和60年4月1日')).toEqual(values('date of birth 1985-04-01'))
  expect(values('佐藤 花子 様')).toEqual(values('佐藤花子さん'))
})

test('any text is searched without a fault and in time that its length bounds', () => {
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => void findPii(text)))
  for (const part of ['1-', '東京都市', 'あ市', 'a@a.', '0 ', '田中 ', '1:', '00-']) findPii(part.repeat(2000))
})
