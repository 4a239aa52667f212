import { describe, it } from 'vitest'
import * as fc from 'fast-check'
import { context, presented, resetWorld, response } from '../../test/presentation-scene.ts'
import { readJws } from './jws.ts'
import { verifyPresentations } from './presentation.ts'
import { parseScope } from './scope.ts'

const part = fc.oneof(
  fc.string(),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
)

describe('what a stranger sends', () => {
  it('is answered with a refusal and never with an exception', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), fc.jsonValue(), async (parts, value) => {
        resetWorld()
        const token = parts.join('.')
        readJws(token, 16_384)
        parseScope(token)
        const inside = await presented(token)
        const verdicts = [
          await verifyPresentations(value, context()),
          await verifyPresentations(response(token, value), context()),
          await verifyPresentations(response(inside), context()),
        ]
        return verdicts.every((verdict) => !verdict.ok)
      }),
    )
  })
})
