import { beforeAll, describe, expect, it } from 'vitest'
import { type AuditedExchange, auditedExchange, nodeSha256 } from '../../../test/audited-exchange.ts'
import { SUMS_PAYLOAD_TYPE } from '../../../schemas/audit.ts'
import { verifyEd25519 } from '../../canonical/ed25519.ts'
import { toHex, utf8 } from '../../canonical/hash.ts'
import { canonicalBytes } from '../../canonical/jcs.ts'
import { sumsText } from './description-checks.ts'
import { verifyBundle } from './verify-bundle.ts'

type Files = Map<string, Uint8Array>

/** Signatures that were good once are good again: flips are many and curves are slow. */
const known = new Map<string, boolean>()
const verify: typeof verifyEd25519 = (key, message, signature) => {
  const name = [key, nodeSha256(message), signature].map(toHex).join()
  const judged = known.get(name) ?? verifyEd25519(key, message, signature)
  known.set(name, judged)
  return judged
}

async function audit(files: Files) {
  const reader = { list: async () => [...files.keys()], read: async (path: string) => files.get(path) }
  return verifyBundle(reader, { hash: nodeSha256, verify })
}

async function failed(files: Files): Promise<string[]> {
  return (await audit(files)).checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)
}

function withByte(files: Files, path: string, at: number): Files {
  const bytes = files.get(path) ?? new Uint8Array(0)
  const place = at % bytes.length
  return new Map(files).set(path, bytes.with(place, (bytes[place] ?? 0) ^ 1))
}

describe('an audit bundle', () => {
  let exchange: AuditedExchange
  let files: Files
  beforeAll(async () => {
    exchange = await auditedExchange()
    files = await exchange.export(exchange.consumer)
    return () => exchange[Symbol.asyncDispose]()
  })

  /** What a dishonest exporter can do: change files, list them anew, and sign the list. */
  async function resigned(changed: Files): Promise<Files> {
    const rest = [...changed].filter(([path]) => !path.startsWith('SHA256SUMS'))
    const list = sumsText(rest.map(([path, bytes]) => ({ path, sha256: toHex(nodeSha256(bytes)) })))
    const envelope = await exchange.consumer.identity.signStatement(SUMS_PAYLOAD_TYPE, list)
    return new Map(rest).set('SHA256SUMS', list).set('SHA256SUMS.dsse.json', canonicalBytes(envelope))
  }

  it('of an honest exchange passes, from either side, and says what it did not check', async () => {
    for (const party of [exchange.consumer, exchange.provider]) {
      const report = await audit(await exchange.export(party))
      expect(report.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([])
      expect(report.verdict).toBe('pass')
      expect(report.exporter).toBe(party.did)
      const open = report.checks.filter(({ verdict }) => verdict === 'not-applicable').map(({ id }) => id)
      expect(open.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
        'cosignature-quorum',
        'deletion-receipts',
        'duties-due',
        'leaf-opening',
        'provenance-statements',
        'times',
        'withdrawal-envelope',
        'witness-copies',
      ])
    }
  })

  it('holds both logs, both proofs of all but the last receipts, and a file of every class', () => {
    const classes = new Set([...files.keys()].map((path) => path.split('/')[0] ?? ''))
    expect([...classes].toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      'SHA256SUMS',
      'SHA256SUMS.dsse.json',
      'bundle.json',
      'chunks',
      'keys',
      'logs',
      'manifests',
      'objects',
      'policy.tlog-policy',
      'proofs',
      'receipts',
      'secrets.json',
    ])
    expect([...files.keys()].filter((path) => path.endsWith('/checkpoint')).length).toBe(2)
    expect([...files.keys()].filter((path) => path.startsWith('proofs/')).length).toBeGreaterThanOrEqual(4)
  })

  it('fails with any byte of any file changed', async () => {
    for (const [path, bytes] of files) {
      for (const at of [0, 7, Math.floor(bytes.length / 2), bytes.length - 2, bytes.length - 1]) {
        expect(await failed(withByte(files, path, Math.max(at, 0))), `${path} byte ${at}`).not.toEqual([])
      }
    }
  }, 120_000)

  it('fails with any file missing or one too many', async () => {
    for (const path of files.keys()) {
      const fewer = new Map(files)
      fewer.delete(path)
      expect(await failed(fewer), path).not.toEqual([])
    }
    expect(await failed(new Map(files).set('receipts/extra', utf8('x')))).toContain('sums')
  }, 60_000)

  it('changed by its own exporter still fails, at the check that guards the class', async () => {
    const guards: readonly (readonly [RegExp, readonly string[]])[] = [
      [/\/tile\/entries\//, ['tree-rebuild']],
      [/\/tile\/0\//, ['tree-rebuild']],
      [/\/checkpoint$/, ['checkpoint-signature']],
      [/\/checkpoint\.d\//, ['checkpoint-signature']],
      [/^manifests\//, ['manifest-envelope']],
      [/^objects\//, ['object-digest']],
      [/^receipts\//, ['receipt-signatures']],
      [/^proofs\//, ['proofs']],
      [/^secrets\.json$/, ['secrets', 'receipt-commitment']],
      [/^chunks\//, ['chunk-challenge']],
      [/^policy\.tlog-policy$/, ['policy']],
      [/^bundle\.json$/, ['description', 'sums', 'receipt-chain', 'secrets', 'keys', 'policy']],
    ]
    for (const [pattern, ids] of guards) {
      const paths = [...files.keys()].filter((path) => pattern.test(path))
      expect(paths.length, String(pattern)).toBeGreaterThan(0)
      for (const path of paths) {
        for (const at of [11, 97, 1009]) {
          const found = await failed(await resigned(withByte(files, path, at)))
          expect(
            found.some((id) => ids.includes(id)),
            `${path} byte ${at}: ${found.join()}`,
          ).toBe(true)
        }
      }
    }
  }, 120_000)

  it('from which the exporter left out a receipt fails', async () => {
    const second = [...files.keys()].find((path) => path.endsWith('/2.dsse.json'))
    const fewer = new Map(files)
    fewer.delete(second ?? '')
    expect(await failed(await resigned(fewer))).toContain('receipt-chain')
  })

  it('never throws, whatever is in it', async () => {
    expect((await audit(new Map())).verdict).toBe('fail')
    const noise = new Map([...files].map(([path, bytes]) => [path, bytes.map((byte) => byte ^ 0x55)]))
    expect((await audit(noise)).verdict).toBe('fail')
    const cut = new Map([...files].map(([path, bytes]) => [path, bytes.subarray(0, bytes.length / 2)]))
    expect((await audit(cut)).verdict).toBe('fail')
  })
})

describe('an audit', () => {
  it('finds a transfer of other bytes than the manifest binds', async () => {
    await using exchange = await auditedExchange({ completedRoot: 'ab'.repeat(32) })
    expect(await failed(await exchange.export(exchange.provider))).toEqual(['transfer-root'])
  })

  it('accepts a withdrawal after the agreement and finds an agreement after the withdrawal', async () => {
    await using exchange = await auditedExchange()
    await exchange.withdraw()
    expect(await failed(await exchange.export(exchange.consumer))).toEqual([])
    await exchange.agreeAgain()
    expect(await failed(await exchange.export(exchange.consumer))).toEqual(['withdrawal-honoured'])
  })

  it('says so when the log of the counterpart cannot be had', async () => {
    await using exchange = await auditedExchange()
    const { provider, consumer, world } = exchange
    world.parties.delete(provider.did)
    const report = await audit(await exchange.export(consumer))
    world.parties.set(provider.did, provider)
    expect(report.verdict).toBe('pass')
    const evidence = report.checks.find(({ id }) => id === 'receipt-commitment')?.evidence
    expect(evidence).toContain(`not in the bundle: ${provider.ledger.origin}`)
  })
})
