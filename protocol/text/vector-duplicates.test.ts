import { expect, it } from 'vitest'
import { removeSimilarVectors, scaleToUnit } from './vector-duplicates.ts'

const at = (degrees: number) => [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)]

it('a vector stays unless an earlier one that stays points nearly its way', () => {
  const vectors = Float32Array.from([0, 20, 40, 90, 91].flatMap((degrees) => at(degrees).map((value) => 3 * value)))
  scaleToUnit(vectors, 2)
  // cos 20° is 0.940 and cos 40° is 0.766: the third is near the second only, which was removed.
  expect([...removeSimilarVectors(vectors, { dimensions: 2, threshold: 0.9 })]).toEqual([0, 1, 0, 0, 1])
  expect([...removeSimilarVectors(vectors, { dimensions: 2, threshold: 0.5 })]).toEqual([0, 1, 1, 0, 1])
})

it('vectors of zeros are similar to nothing', () => {
  const vectors = new Float32Array(6)
  scaleToUnit(vectors, 2)
  expect([...removeSimilarVectors(vectors, { dimensions: 2, threshold: 0.5 })]).toEqual([0, 0, 0])
})
