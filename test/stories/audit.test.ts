import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { nodeSha256 } from '../audited-exchange.ts'
import { createNetwork, type Network, type NetworkNode } from '../network/create-network.ts'
import { joinAll, requestExchange } from '../network/exchange-helpers.ts'
import { publishTable } from '../network/published-table.ts'
import { openFolder } from '../../node/cli/bundle-folder.ts'
import { verifyEd25519 } from '../../protocol/canonical/ed25519.ts'
import { verifyBundle } from '../../protocol/ledger/verify-bundle/verify-bundle.ts'
import { AuditReport } from '../../schemas/audit.ts'
import { CopyRecord } from '../../schemas/copies.ts'
import { EvidenceItem } from '../../schemas/evidence.ts'
import { ReceiptRecord } from '../../schemas/ledger.ts'
import { Negotiation } from '../../schemas/negotiation.ts'
import { tanemaki } from '../run-command.ts'

const Receipts = z.object({ receipts: z.array(ReceiptRecord) })

const asJson = (args: readonly string[]) => tanemaki(['--json', ...args])

const Shown = z.object({ copy: CopyRecord, path: z.string() })

describe('an exchange between two nodes', () => {
  let network: Network
  let bureau: NetworkNode
  let lab: NetworkNode
  let agreement = ''
  let copyPath = ''
  const folder = mkdtempSync(join(tmpdir(), 'tanemaki-audit-'))
  const receiptsOf = async (node: NetworkNode) => {
    await network.settle()
    return (await node.api.get(`/ledger/receipts?exchange=${encodeURIComponent(agreement)}`, Receipts)).receipts
  }

  beforeAll(async () => {
    network = await createNetwork(['authority', 'bureau', 'lab'], {
      settings: { chunkSize: '16384', drainSeconds: '0.1' },
    })
    await joinAll(network)
    bureau = network.node('bureau')
    lab = network.node('lab')
    const dataset = await publishTable(bureau, { name: 'audited', rows: 2000 })
    const process = await requestExchange(lab, bureau, { dataset: dataset.id })
    agreement = process.agreement?.['@id'] ?? ''
    const { id } = await lab.api.post('/copies', { agreement }, CopyRecord)
    await lab.api.follow(`/copies/${id}/follow`, {}, { schema: CopyRecord })
    copyPath = (await lab.api.get(`/copies/${id}`, Shown)).path
  })
  afterAll(async () => {
    await network[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('leaves three receipts, signed by both, the same at both', async () => {
    const types = async (node: NetworkNode) => (await receiptsOf(node)).map(({ type, state }) => `${type} ${state}`)
    await expect
      .poll(() => types(bureau), { timeout: 15_000 })
      .toEqual(['AgreementFinalized co-signed', 'TransferStarted co-signed', 'TransferCompleted co-signed'])
    await expect.poll(() => types(lab), { timeout: 15_000 }).toEqual(await types(bureau))
    expect(await receiptsOf(lab)).toEqual(await receiptsOf(bureau))
    await expect.poll(() => existsSync(join(copyPath, 'receipts', '3.dsse.json')), { timeout: 5000 }).toBe(true)
  })

  it('is shown with all that proves it, at both sides', async () => {
    for (const node of [bureau, lab]) {
      const { exchanges } = await node.api.get('/exchanges', z.object({ exchanges: z.array(Negotiation) }))
      const { pid } = exchanges.find((each) => each.agreement?.['@id'] === agreement) ?? expect.fail('no exchange')
      const { code, out } = await asJson(['--data', node.dataDir, 'exchange', 'show', pid])
      expect(code).toBe(0)
      const { evidence } = z.object({ evidence: z.array(EvidenceItem) }).parse(JSON.parse(out))
      expect(evidence.map(({ evidence: name, state, reason }) => [name, state, reason])).toEqual([
        ['agreement', 'held', undefined],
        ['manifest', 'held', undefined],
        ['AgreementFinalized', 'co-signed', undefined],
        ['TransferStarted', 'co-signed', undefined],
        ['TransferCompleted', 'co-signed', undefined],
      ])
    }
  })

  it('is exported and verified offline, from the consumer’s and from the provider’s side', async () => {
    for (const node of [lab, bureau]) {
      const bundle = join(folder, node.name)
      const exported = await asJson(['--data', node.dataDir, 'audit', 'export', agreement, '--out', bundle])
      expect(exported).toMatchObject({ code: 0 })
      const { code, out } = await asJson(['audit', 'verify', bundle])
      const report = AuditReport.parse(JSON.parse(out))
      expect(report.checks.filter(({ verdict }) => verdict === 'fail')).toEqual([])
      expect(code).toBe(0)
      const passed = report.checks.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id)
      expect(passed).toEqual(
        expect.arrayContaining([
          'sums',
          'tree-rebuild',
          'manifest-envelope',
          'croissant-digest',
          'report-digest',
          'receipt-signatures',
          'receipt-chain',
          'receipt-commitment',
          'proofs',
          'agreement-offer-manifest',
          'transfer-root',
          'chunk-challenge',
          'key-history',
        ]),
      )
      expect(report.checks.find(({ id }) => id === 'receipt-commitment')?.evidence).not.toContain('not in the bundle')
    }
  }, 60_000)

  it('with one byte of the bundle changed fails at the named check, with exit code 1', async () => {
    const bundle = join(folder, 'lab')
    const reader = openFolder(bundle)
    const path = (await reader.list()).find((file) => file.startsWith('receipts/')) ?? ''
    const bytes = readFileSync(join(bundle, path))
    writeFileSync(join(bundle, path), bytes.with(40, (bytes[40] ?? 0) ^ 1))
    const { code, out } = await asJson(['audit', 'verify', bundle])
    writeFileSync(join(bundle, path), bytes)
    expect(code).toBe(1)
    const failed = AuditReport.parse(JSON.parse(out)).checks.filter(({ verdict }) => verdict === 'fail')
    expect(failed.map(({ id }) => id)).toEqual(expect.arrayContaining(['sums', 'receipt-signatures']))
    const again = await verifyBundle(openFolder(bundle), { hash: nodeSha256, verify: verifyEd25519 })
    expect(again.verdict).toBe('pass')
  })

  it('stands in a log that is rebuilt from its files', async () => {
    const verified = await asJson(['--data', bureau.dataDir, 'ledger', 'verify'])
    expect(verified.code).toBe(0)
    expect(AuditReport.parse(JSON.parse(verified.out)).verdict).toBe('pass')
    const shown = await asJson(['--data', bureau.dataDir, 'ledger', 'show', '--exchange', agreement])
    expect(JSON.parse(shown.out)).toMatchObject({ queued: 0 })
  })

  it('of which there is none is not exported, nor into a folder that has something in it', async () => {
    const none = await asJson([
      '--data',
      lab.dataDir,
      'audit',
      'export',
      'urn:uuid:none',
      '--out',
      join(folder, 'none'),
    ])
    expect(none.code).toBe(3)
    const full = await asJson(['--data', lab.dataDir, 'audit', 'export', '--out', join(folder, 'lab')])
    expect(full.code).toBe(3)
    expect(JSON.parse(full.out)).toMatchObject({ code: 'conflict' })
  })
})
