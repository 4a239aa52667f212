import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Negotiation } from '../../../schemas/negotiation.ts'
import type { Case } from './cases.ts'
import { negotiate, openedNegotiation, ourNegotiation, PARTNER, type Scene } from './scene.ts'

/** Negotiations in which people decide, on either side. The connector has no command to accept an offer. */
export function handCases(scene: Scene): readonly Case[] {
  const { edc, manual } = scene
  const { management } = edc
  const post = (pid: string, verb: string, body: object) =>
    manual.api.post(`/exchanges/${encodeURIComponent(pid)}/${verb}`, body, Negotiation)
  const asked = async () => {
    const dataset = await scene.publish(manual)
    const theirs = await negotiate(scene, manual, dataset.id)
    await management.reached(`/contractnegotiations/${theirs}`, ['REQUESTED'])
    return { theirs, dataset, ours: await ourNegotiation(manual, theirs, 'REQUESTED') }
  }
  const bothEnd = async (theirs: string, by: 'consumer' | 'provider') => {
    await management.reached(`/contractnegotiations/${theirs}`, ['TERMINATED'])
    const ours = await ourNegotiation(manual, theirs, 'TERMINATED')
    assert.equal(ours.termination?.by, by)
    return ours
  }
  const terminates = (theirs: string) =>
    management.post(`/contractnegotiations/${theirs}/terminate`, {
      '@type': 'TerminateNegotiation',
      '@id': theirs,
      reason: 'no need',
    })
  return [
    {
      title: 'a person here accepts what EDC asks for: both sides are FINALIZED',
      run: async () => {
        const { theirs, ours } = await asked()
        await post(ours.pid, 'acceptance', {})
        await management.reached(`/contractnegotiations/${theirs}`, ['FINALIZED'])
        await ourNegotiation(manual, theirs, 'FINALIZED')
      },
    },
    {
      title: 'a person here refuses what EDC asks for: both sides are TERMINATED',
      run: async () => {
        const { theirs, ours } = await asked()
        await post(ours.pid, 'termination', { reason: 'Not before the audit.' })
        await bothEnd(theirs, 'provider')
      },
    },
    {
      title: 'EDC withdraws what it asked for: both sides are TERMINATED',
      run: async () => {
        const { theirs } = await asked()
        await terminates(theirs)
        assert.deepEqual((await bothEnd(theirs, 'consumer')).termination?.reasons, ['no need'])
      },
    },
    {
      title: 'a person here offers EDC other terms: they wait there until our side ends it',
      run: async () => {
        const { theirs, ours } = await asked()
        await post(ours.pid, 'counter', { terms: { partners: [PARTNER], pulls: 1 } })
        await management.reached(`/contractnegotiations/${theirs}`, ['OFFERED'])
        await ourNegotiation(manual, theirs, 'OFFERED')
        await post(ours.pid, 'termination', { reason: 'Too late.' })
        await bothEnd(theirs, 'provider')
      },
    },
    {
      title: 'an offer that EDC has not asked for is one that it cannot answer; a person here ends it',
      run: async () => {
        const { id: dataset } = await scene.publish(manual)
        const { pid } = await manual.api.post('/exchanges/offers', { partner: PARTNER, dataset }, Negotiation)
        await sleep(1000)
        await openedNegotiation(manual, pid, 'INITIAL')
        await post(pid, 'termination', { reason: 'EDC 0.15.1 answers 500.' })
        await openedNegotiation(manual, pid, 'TERMINATED')
      },
    },
  ]
}
