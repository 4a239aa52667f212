import { describe, expect, it } from 'vitest'
import type { EvaluationStore } from '../../node/evaluation/store.ts'

/** What every EvaluationStore must do. `open` gives an empty store for each test. */
export function evaluationStoreContract(open: () => EvaluationStore): void {
  describe('store of evaluations', () => {
    it('counts every attempt, also those that never end', async () => {
      const store = open()
      expect(await store.record('urn:a')).toBeUndefined()
      expect(await store.beginAttempt('urn:a')).toBe(1)
      expect(await store.beginAttempt('urn:a')).toBe(2)
      expect(await store.beginAttempt('urn:b')).toBe(1)
      expect(await store.record('urn:a')).toEqual({ attempts: 2 })
    })

    it('keeps the place of the last report across further attempts', async () => {
      const store = open()
      await store.beginAttempt('urn:a')
      await store.finishAttempt('urn:a', { reportPath: 'evaluations/a/1', at: 5 })
      await store.beginAttempt('urn:a')
      expect(await store.record('urn:a')).toEqual({ attempts: 2, reportPath: 'evaluations/a/1' })
    })
  })
}
