import { randomUUID } from 'node:crypto'
import * as fc from 'fast-check'
import type { Site } from '../network/exchange-helpers.ts'
import * as bodies from './bodies.ts'
import {
  agreementOf,
  catalogLetter,
  type Json,
  letterTo,
  openings,
  pathOf,
  pidsOf,
  type RightLetter,
  WORDS,
} from './letters.ts'
import type { LiveProcess, Says } from './scene.ts'

/** One request that no node may take for right. */
export interface HostileRequest {
  readonly kind: string
  /** Whose token it carries; nobody: none that is good. */
  readonly from: Site | 'nobody'
  readonly to: Site
  readonly method: string
  /** Below `/dsp/2025-1`, sent as it is. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** A request that only reads may be answered with what it reads. */
  readonly reads?: boolean
}

const id = () => `urn:uuid:${randomUUID()}`
const bytes = (message: unknown) => Buffer.from(JSON.stringify(message))

function post(kind: string, { from, to, path, message }: RightLetter): HostileRequest {
  return { kind, from, to, method: 'POST', path, body: bytes(message) }
}

const BODIES: Readonly<Record<string, (message: Json) => fc.Arbitrary<bodies.WrongBody>>> = {
  'wrong JSON': bodies.wrongJson,
  'wrong type': bodies.wrongType,
  'missing member': bodies.missingMember,
  huge: bodies.huge,
  deep: bodies.deep,
  'duplicate key': bodies.duplicateKey,
  'hidden in __proto__': bodies.hiddenInPrototype,
  'wrong context': bodies.wrongContext,
  'wrong encoding': bodies.wrongEncoding,
  'wrong content type': bodies.wrongContentType,
  'around the limit': bodies.aroundLimit,
}

const wordsOf = ({ machine }: LiveProcess) => Object.keys(WORDS[machine]) as Says[]

/** Every right message about a process: what its peer may say sooner or later, what opens another, and a catalog request. */
function lettersAbout(process: LiveProcess): RightLetter[] {
  return [...wordsOf(process).map((says) => letterTo(process, says)), ...openings(process), catalogLetter(process)]
}

type Kinds = Readonly<Record<string, fc.Arbitrary<HostileRequest>>>

/** Requests to every path in both roles, each wrong in one way; the key says in which. */
export function hostileRequests(live: readonly LiveProcess[], stranger: Site): Kinds {
  const process = fc.constantFrom(...live)
  const kinds: Record<string, fc.Arbitrary<HostileRequest>> = {}
  for (const [kind, wrongBody] of Object.entries(BODIES)) {
    kinds[kind] = process
      .chain((each) => fc.constantFrom(...lettersAbout(each)))
      .chain(({ message, ...letter }) =>
        wrongBody(message).map((body) => ({ kind, method: 'POST', ...letter, ...body })),
      )
  }
  return { ...kinds, ...misplaced(live, stranger), ...wrongContents(live, stranger), ...wrongAddresses(live) }
}

/** Right in form, but from the wrong one, at the wrong time or about the wrong process. */
function misplaced(live: readonly LiveProcess[], stranger: Site): Kinds {
  const process = fc.constantFrom(...live)
  const letter = process.chain((each) =>
    fc.constantFrom(...wordsOf(each)).map((says) => ({ process: each, says, right: letterTo(each, says) })),
  )
  /** The peer's id is not known before its first answer, and then any will do. */
  const known = letter.filter(({ process }) => process.state !== 'INITIAL')
  const withPids = (kind: string, pids: fc.Arbitrary<(process: LiveProcess) => Json>) =>
    fc
      .tuple(known, pids)
      .map(([{ process, right }, change]) =>
        post(kind, { ...right, message: { ...right.message, ...change(process) } }),
      )
  return {
    'wrong state or role': process.chain((each) => {
      // A verification again is acknowledged again, whatever its id.
      const again = each.role === 'provider' && each.state === 'VERIFIED' ? ['verification'] : []
      const illegal = wordsOf(each).filter((says) => !each.hears.includes(says) && !again.includes(says))
      return fc.constantFrom(...illegal).map((says) => post('wrong state or role', letterTo(each, says)))
    }),
    'wrong process ids': withPids(
      'wrong process ids',
      fc.constantFrom(
        (p) => ({ providerPid: pidsOf(p).consumerPid, consumerPid: pidsOf(p).providerPid }),
        (p) => ({ providerPid: p.pid, consumerPid: p.pid }),
        (p) => ({ ...pidsOf(p), [p.role === 'provider' ? 'providerPid' : 'consumerPid']: id() }),
        (p) => ({ ...pidsOf(p), [p.role === 'provider' ? 'providerPid' : 'consumerPid']: p.pid.toUpperCase() }),
      ),
    ),
    'peer id of another process': fc
      .tuple(known, process)
      .filter(([{ process }, other]) => process.peerPid !== other.peerPid)
      .map(([{ process, right }, { peerPid }]) => {
        const member = process.role === 'provider' ? 'consumerPid' : 'providerPid'
        return post('peer id of another process', { ...right, message: { ...right.message, [member]: peerPid } })
      }),
    'path of another process': fc
      .tuple(letter, process)
      .filter(([{ process }, other]) => process.pid !== other.pid && other.at === process.at)
      .map(([{ right, says }, other]) => post('path of another process', { ...right, path: pathOf(other, says) })),
    'wrong path': fc
      .tuple(letter, letter)
      .map(([{ process, right }, { says }]) => ({ ...right, was: right.path, path: pathOf(process, says) }))
      .filter(({ was, path }) => was !== path)
      .map((right) => post('wrong path', right)),
    'somebody else': letter.map(({ right }) => post('somebody else', { ...right, from: stranger })),
    nobody: letter.map(({ right }) => ({ ...post('nobody', right), from: 'nobody' })),
    'wrong method': fc
      .tuple(letter, fc.constantFrom('PUT', 'DELETE', 'PATCH', 'GET'))
      .map(([{ right }, method]) => ({ ...post('wrong method', right), method })),
  }
}

const OTHER_RULES = [
  { permission: [{ action: 'use' }] },
  { permission: [{ action: 'distribute' }], prohibition: [] },
  { prohibition: [], obligation: [] },
  { obligation: [{ action: 'compensate' }] },
  { profile: ['urn:x:profile'] },
]

/** Right in form and in time, but what it says does not fit the process, or may not open one. */
function wrongContents(live: readonly LiveProcess[], stranger: Site): Kinds {
  const agreements = live.filter(({ hears }) => hears.includes('agreement'))
  const counters = live.filter(({ hears }) => hears.includes('offer') || hears.includes('request'))
  const openable = fc.constantFrom(...live).map((process) => ({ process, letters: openings(process) }))
  return {
    'wrong agreement': fc
      .tuple(
        fc.constantFrom(...agreements),
        fc.oneof(
          fc.constantFrom<Json>(...OTHER_RULES),
          fc.constantFrom<Json>({ target: id() }, { assigner: stranger.did }, { assignee: stranger.did }),
        ),
      )
      .map(([process, change]) => {
        const right = letterTo(process, 'agreement')
        const agreement = { ...agreementOf(process), ...change }
        return post('wrong agreement', { ...right, message: { ...right.message, agreement } })
      }),
    'offer of another dataset': fc.constantFrom(...counters).map((process) => {
      const right = letterTo(process, process.hears.includes('offer') ? 'offer' : 'request')
      const offer = { ...process.offer, target: id() }
      return post('offer of another dataset', { ...right, message: { ...right.message, offer } })
    }),
    'wrong opening': openable.chain(({ process, letters: [request, offer, transfer] }) => {
      const strange = `${stranger.publicUrl}/dsp/2025-1`
      const wrongCallbacks = [strange, 'http://localhost:1/', 'file:///etc/passwd', 'javascript:alert(1)', 'x', '//x']
      const own = process.peerPid
      const changed = [
        ...wrongCallbacks.flatMap((callbackAddress) =>
          [request, offer, transfer].map((letter) => [letter, { callbackAddress }] as const),
        ),
        [request, { providerPid: id() }] as const,
        [offer, { consumerPid: id() }] as const,
        [request, { callbackAddress: undefined, providerPid: id() }] as const,
        [offer, { offer: { ...process.offer, target: undefined } }] as const,
        [transfer, { agreementId: id() }] as const,
        [transfer, { format: 'AmazonS3-PUSH' }] as const,
        ...(process.machine === 'negotiations' && process.state !== 'INITIAL'
          ? [
              [
                process.role === 'provider' ? request : offer,
                { [process.role === 'provider' ? 'consumerPid' : 'providerPid']: own },
              ] as const,
            ]
          : []),
      ]
      return fc.constantFrom(
        ...changed.flatMap(([letter, change]) =>
          letter === undefined ? [] : [post('wrong opening', { ...letter, message: { ...letter.message, ...change } })],
        ),
      )
    }),
    'opening by somebody else': openable
      .chain(({ letters }) => fc.constantFrom(...letters))
      .map((letter) => post('opening by somebody else', { ...letter, from: stranger })),
  }
}

const TRICKS = [
  '% %2 %zz %00 %0a %0d%0ax:y %c0%ae %e0%a4%a %ff %2e%2e ..%2f.. %252e%252e . .. * :pid %3Apid request offers __proto__',
  "constructor ;x=1 %20 '%20or%201=1-- %F0%9F%8C%B1 \u00e9",
]
  .flatMap((line) => line.split(' '))
  .concat('x'.repeat(4000), '%41'.repeat(2000))

/** Ids and paths that a careless reader would take for another process, or for none of the protocol's. */
function wrongAddresses(live: readonly LiveProcess[]): Kinds {
  const process = fc.constantFrom(...live)
  const tricky = fc.tuple(process, fc.constantFrom(...TRICKS)).map(([each, trick]) => {
    const path = Buffer.from(trick).toString('latin1')
    return { each, path, both: `${encodeURIComponent(each.pid)}${path}` }
  })
  return {
    'path trick': fc.tuple(tricky, fc.boolean()).chain(([{ each, path, both }, joined]) =>
      fc.constantFrom(...wordsOf(each)).map((says) => {
        const letter = letterTo(each, says)
        const at = joined ? both : path
        return post('path trick', { ...letter, path: `/${each.machine}/${at}${WORDS[each.machine][says]?.path ?? ''}` })
      }),
    ),
    'path trick, read': tricky.map(({ each, path, both }) => ({
      kind: 'path trick, read',
      from: each.peer,
      to: each.at,
      method: 'GET',
      path: `/${each.machine}/${both}${path}`,
    })),
    'catalog, read': fc.tuple(process, fc.constantFrom(...TRICKS)).chain(([{ at: to, peer: from }, trick]) => {
      const text = Buffer.from(trick).toString('latin1')
      return fc
        .constantFrom(`/catalog/datasets/${text}`, `/catalog/request?continuationToken=${text}`)
        .map((path) => ({ kind: 'catalog, read', from, to, method: 'GET', path, reads: true }))
    }),
  }
}
