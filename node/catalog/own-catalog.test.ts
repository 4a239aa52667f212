import * as fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { writeFilter } from '../../protocol/catalog/query.ts'
import { writeOffer } from '../../protocol/policy/templates.ts'
import type { CatalogFilter } from '../../schemas/catalog.ts'
import type { DatasetRecord } from '../../schemas/datasets.ts'
import { Did, Instant } from '../../schemas/ids.ts'
import { OfferTerms, type OfferTermsInput } from '../../schemas/policy.ts'
import { exampleDataset } from '../../test/contract/datasets-store.ts'
import { createDatasetsStore } from '../adapters/sqlite/datasets-store.ts'
import { type Database, openDatabase } from '../adapters/sqlite/open.ts'
import { systemClock } from '../adapters/system/system-clock.ts'
import type { DatasetsStore } from '../datasets/store.ts'
import type { Peer } from '../identity/operations.ts'
import { silentLogger } from '../telemetry/logger.ts'
import type { CatalogDeps } from './operations.ts'
import { createOwnCatalog } from './own-catalog.ts'

const BUREAU = Did.parse('did:web:bureau.example')
const LAB = Did.parse('did:web:lab.example')
const RIVAL = Did.parse('did:web:rival.example')
const START = Date.parse('2026-01-01T00:00:00.000Z')
const DAY = 86_400_000
const at = (days: number) => Instant.parse(new Date(START + days * DAY).toISOString())

const Page = z.object({
  dataset: z.array(z.looseObject({ '@id': z.string(), hasPolicy: z.array(z.unknown()) })).default([]),
})

function memberOf(did: Did, validUntil = at(300)): Peer {
  return { id: did, credentials: [{ type: 'MembershipCredential', issuer: BUREAU, subject: {}, validUntil }] }
}

describe('the catalog of a node', () => {
  let now: number
  let operands: string[]
  let reads: number
  let db: Database
  let store: DatasetsStore
  let own: ReturnType<typeof createOwnCatalog>
  const lab = memberOf(LAB)

  beforeEach(() => {
    now = START
    reads = 0
    operands = ['recipient', 'purpose', 'dateTime', 'count', 'urn:tanemaki:operand:membership:v1']
    db = openDatabase(':memory:')
    store = createDatasetsStore(db, systemClock)
    const deps: Pick<CatalogDeps, 'clock' | 'log'> & Record<string, unknown> = {
      datasets: {
        ...store,
        stored: (id: string) => {
          reads += 1
          return store.get(id)
        },
      },
      governance: { rulebook: async () => ({ operands }) },
      identity: { did: BUREAU },
      partners: { address: 'https://bureau.example/dsp/2025-1' },
      clock: { now: () => now, after: (ms, run) => systemClock.after(ms, run) },
      log: silentLogger,
    }
    own = createOwnCatalog(deps as unknown as CatalogDeps)
  })

  const publish = async (number: number, terms: OfferTermsInput[] = [{}], change: Partial<DatasetRecord> = {}) => {
    const rulebook = { authority: BUREAU, retention: { maxDays: 200 } }
    const offers = terms.map((each, place) =>
      writeOffer(OfferTerms.parse(each), { id: `urn:offer:${number}:${place}`, rulebook, now: START }),
    )
    const record = exampleDataset(number, { state: 'published', offers, createdAt: at(0), ...change })
    expect(await store.insert(record)).toBe('committed')
    return record.id
  }
  const withdraw = async (id: string) => {
    const stored = await store.get(id)
    if (stored !== undefined) await store.change({ ...stored, record: { ...stored.record, state: 'withdrawn' } })
  }
  const page = async (peer: Peer, query: { filter?: readonly unknown[]; continuation?: string } = {}) => {
    const { json, ...links } = await own.page(peer, query)
    return {
      ids: Page.parse(JSON.parse(new TextDecoder().decode(json))).dataset.map((dataset) => dataset['@id']),
      ...links,
    }
  }
  const seen = async (peer: Peer, filter: CatalogFilter = {}) =>
    (await page(peer, { filter: [writeFilter(filter)] })).ids

  it('shows every dataset that is offered throughout on exactly one page, whatever comes and goes meanwhile', async () => {
    const step = fc.record({ publish: fc.nat(3), withdraw: fc.array(fc.nat(), { maxLength: 3 }) })
    const run = async (limit: number, size: number, steps: { publish: number; withdraw: number[] }[]) => {
      db.orm.run('DELETE FROM dataset_offers')
      db.orm.run('DELETE FROM datasets')
      const alive = new Map<string, boolean>()
      let number = 0
      const add = async () => {
        number += 1
        // Places between the others, as well as at either end.
        const createdAt = at((number * 7) % 5)
        const offered = number % 3 > 0
        const id = await publish(number, [offered ? {} : { partners: [RIVAL] }], { createdAt })
        return { id, offered }
      }
      for (let count = 0; count < size; count += 1) {
        const { id, offered } = await add()
        if (offered) alive.set(id, true)
      }
      const shown: string[] = []
      const filter = [writeFilter({ text: 'example' }), { '@type': 'QuerySpec', limit }]
      let answer = await page(lab, { filter })
      for (let turn = 0; ; turn += 1) {
        shown.push(...answer.ids)
        expect(answer.ids.length).toBeLessThanOrEqual(limit)
        if (answer.next === undefined) break
        const { publish: added = 0, withdraw: gone = [] } = steps[turn % steps.length] ?? {}
        for (let count = 0; count < (turn < 20 ? added : 0); count += 1) await add()
        for (const chosen of gone) {
          const id = [...alive.keys()][chosen % Math.max(1, alive.size)]
          if (id === undefined) continue
          alive.delete(id)
          await withdraw(id)
        }
        answer = await page(lab, { continuation: answer.next })
      }
      expect(new Set(shown).size).toBe(shown.length)
      expect([...alive.keys()].filter((id) => !shown.includes(id))).toEqual([])
    }
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 9 }), fc.nat(40), fc.array(step, { minLength: 1, maxLength: 5 }), run),
      { numRuns: 40 },
    )
  })

  it('leads back over the same pages as it led forward', async () => {
    for (let number = 1; number <= 23; number += 1)
      await publish(number, [number % 4 === 0 ? { partners: [RIVAL] } : {}])
    const forward = [await page(lab, { filter: [{ '@type': 'QuerySpec', limit: 5 }] })]
    for (let next = forward[0]?.next; next !== undefined; next = forward.at(-1)?.next) {
      forward.push(await page(lab, { continuation: next }))
    }
    expect(forward.map(({ ids }) => ids.length)).toEqual([5, 5, 5, 3])
    expect(forward[0]?.previous).toBeUndefined()
    const back: string[][] = []
    let previous = forward.at(-1)?.previous
    while (previous !== undefined) {
      const answer = await page(lab, { continuation: previous })
      back.unshift(answer.ids)
      expect((await page(lab, { continuation: answer.next ?? '' })).ids).toEqual(forward[4 - back.length]?.ids)
      previous = answer.previous
    }
    expect(back).toEqual(forward.slice(0, 3).map(({ ids }) => ids))
  })

  it('finds its way back from a page that became empty', async () => {
    for (let number = 1; number <= 4; number += 1) await publish(number)
    const first = await page(lab, { filter: [{ '@type': 'QuerySpec', limit: 2 }] })
    for (const number of [1, 2]) await withdraw(exampleDataset(number).id)
    const empty = await page(lab, { continuation: first.next ?? '' })
    expect(empty.ids).toEqual([])
    expect((await page(lab, { continuation: empty.previous ?? '' })).ids).toEqual(first.ids)
  })

  it('passes over as many fitting datasets as a QuerySpec says', async () => {
    for (let number = 1; number <= 9; number += 1)
      await publish(number, [number % 3 === 0 ? { partners: [RIVAL] } : {}])
    const [all, some] = [await seen(lab), await page(lab, { filter: [{ '@type': 'QuerySpec', offset: 2, limit: 3 }] })]
    expect(all).toHaveLength(6)
    expect(some.ids).toEqual(all.slice(2, 5))
    expect((await page(lab, { continuation: some.next ?? '' })).ids).toEqual(all.slice(5))
    expect((await page(lab, { continuation: some.previous ?? '' })).ids).toEqual(all.slice(0, 2))
    expect(await page(lab, { filter: [{ '@type': 'QuerySpec', offset: 60, limit: 3 }] })).toEqual({ ids: [] })
  })

  it('gives a first page of a hundred and larger ones behind it, which end before they are too long', async () => {
    for (let number = 1; number <= 700; number += 1) await publish(number)
    const first = await page(lab)
    const second = await page(lab, { continuation: first.next ?? '' })
    expect([first.ids.length, second.ids.length]).toEqual([100, 500])
    expect((await page(lab, { continuation: second.previous ?? '' })).ids).toEqual(first.ids)
    const description = 'x'.repeat(19_000)
    for (let number = 1001; number <= 1300; number += 1) {
      await publish(number, [{}], { description, createdAt: at(1) })
    }
    const long = await page(lab)
    expect([long.ids.length, (await page(lab, { continuation: long.next ?? '' })).ids.length]).toEqual([100, 100])
  })

  it('reads a dataset once, and again when it changes', async () => {
    for (let number = 1; number <= 3; number += 1) await publish(number)
    await seen(lab)
    expect(reads).toBe(3)
    await seen(lab)
    await seen(memberOf(RIVAL))
    expect(reads).toBe(3)
    const stored = await store.get(exampleDataset(2).id)
    if (stored === undefined) throw new Error('the dataset is missing')
    await store.change({ ...stored, record: { ...stored.record, title: 'Changed' } })
    expect(await seen(lab, { text: 'changed' })).toEqual([exampleDataset(2).id])
    expect(reads).toBe(4)
  })

  it('does not read a dataset again of which it knows that the partner does not see it', async () => {
    await publish(1, [{ partners: [RIVAL] }])
    expect(await seen(lab)).toEqual([])
    expect(await seen(memberOf(RIVAL))).toHaveLength(1)
    expect(reads).toBe(1)
  })

  it('changes at the moment at which a time of a policy comes, and not before', async () => {
    const id = await publish(1, [{ notAfter: at(10) }])
    const later = await publish(2, [{ notAfter: at(20) }, { partners: [LAB], notAfter: at(10) }])
    expect(await seen(lab)).toEqual([later, id])
    now = START + 10 * DAY
    expect(await seen(lab)).toEqual([later, id])
    now += 1
    expect(await seen(lab)).toEqual([later])
    expect((await own.dataset(lab, later))?.hasPolicy).toHaveLength(1)
    now = START + 10 * DAY
    expect(await seen(lab)).toEqual([later, id])
    now = START + 20 * DAY + 1
    expect(await seen(lab)).toEqual([])
  })

  it('changes when the membership ends, and with other operands in the rulebook', async () => {
    await publish(1)
    const soon = memberOf(LAB, at(5))
    expect(await seen(soon)).toHaveLength(1)
    expect(await seen({ ...soon, credentials: [] })).toEqual([])
    expect(await seen(soon)).toHaveLength(1)
    now = START + 5 * DAY
    expect(await seen(soon)).toEqual([])
    expect(await seen(lab)).toHaveLength(1)
    operands = operands.filter((operand) => !operand.startsWith('urn:'))
    expect(await seen(lab)).toEqual([])
    expect((await own.check()).faults).toMatchObject([{ dataset: exampleDataset(1).id, offerId: 'urn:offer:1:0' }])
  })

  it('filters by purpose as the policies decide about those who ask', async () => {
    const any = await publish(1)
    const research = await publish(2, [{ purposes: ['research'] }])
    const other = await publish(3, [{ purposes: ['teaching'] }, { partners: [RIVAL], purposes: ['research'] }])
    const begins = await publish(4, [{ purposes: ['research'], notBefore: at(50) }])
    expect(await seen(lab)).toEqual([begins, other, research, any])
    expect(await seen(lab, { purpose: 'research' })).toEqual([begins, research, any])
    expect(await seen(memberOf(RIVAL), { purpose: 'research' })).toEqual([begins, other, research, any])
    expect(await seen(lab, { purpose: 'marketing' })).toEqual([any])
  })

  it('leaves out a dataset whose record cannot be read, tells the operator, and shows it again once it is repaired', async () => {
    for (let number = 1; number <= 3; number += 1) await publish(number)
    const broken = exampleDataset(2).id
    const set = (record: string) =>
      db.orm.run(`UPDATE datasets SET record = '${record}', revision = revision + 1 WHERE id = '${broken}'`)
    const sound = JSON.stringify((await store.get(broken))?.record)
    for (const record of ['{', '{"id":"x"}']) {
      set(record)
      expect(await seen(lab)).toEqual([exampleDataset(3).id, exampleDataset(1).id])
      expect(await own.dataset(lab, broken)).toBeUndefined()
      expect(await own.findOffer({ '@id': 'urn:offer:2:0', '@type': 'Offer', target: broken })).toBeUndefined()
      expect(await own.findOffer({ '@id': 'urn:offer:2:0', '@type': 'Offer' })).toBeUndefined()
      const { published, faults } = await own.check()
      expect({ published, faults }).toMatchObject({ published: 3, faults: [{ dataset: broken }] })
      expect(faults[0]?.reason).toContain('its record')
    }
    set(sound)
    expect(await seen(lab)).toHaveLength(3)
    expect(await own.check()).toEqual({ published: 3, faults: [] })
  })

  it('names a published dataset without an offer to the operator', async () => {
    const id = await publish(1, [])
    expect(await seen(lab)).toEqual([])
    expect((await own.check()).faults).toEqual([
      { dataset: id, reason: 'a dataset without an offer has no place in a catalog' },
    ])
  })

  it('finds an offer by its id alone without reading other datasets', async () => {
    for (let number = 1; number <= 50; number += 1) await publish(number)
    const offer = { '@id': 'urn:offer:17:0', '@type': 'Offer' as const }
    expect(await own.findOffer(offer)).toMatchObject({ datasetId: exampleDataset(17).id })
    expect(reads).toBe(1)
    await withdraw(exampleDataset(17).id)
    expect(await own.findOffer(offer)).toBeUndefined()
    expect(await own.findOffer({ ...offer, target: exampleDataset(18).id })).toBeUndefined()
  })
})
