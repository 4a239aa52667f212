import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Story, listAt, root, textAt } from './story.ts'

/** Both parties' signatures under what happened. */
export async function showReceipts({ timeline, lab }: Story, agreementId: string): Promise<void> {
  await timeline.step('receipts', 'Both sides signed receipts; commitments to them are in both logs', async () => {
    const { value } = await lab.run(['ledger', 'show', '--exchange', agreementId])
    return listAt(value, 'receipts').map(
      (record) => `${textAt(record, 'receipt', 'type').padEnd(20)} ${textAt(record, 'state')}`,
    )
  })
}

/** The evidence, checked offline; then one byte of it is changed. Returns the folder of the bundle. */
export async function exportAndVerify({ timeline, lab }: Story, agreementId: string): Promise<string> {
  const bundle = resolve(root, 'audit-bundle')
  await timeline.step('auditExport', 'The lab exports the evidence of the exchange', async () => {
    rmSync(bundle, { recursive: true, force: true })
    const { value } = await lab.run(['audit', 'export', agreementId, '--out', bundle])
    return `${textAt(value, 'files')} files in ${bundle}`
  })
  await timeline.step('auditVerify', 'An auditor verifies it offline', async () => {
    const { value } = await lab.run(['audit', 'verify', bundle])
    const checks = listAt(value, 'checks')
    const of = (verdict: string) => checks.filter((each) => textAt(each, 'verdict') === verdict).length
    return `${of('pass')} checks passed, ${of('not-applicable')} not applicable, ${of('fail')} failed`
  })
  await timeline.step('auditTampered', 'One byte of the bundle is changed', async () => {
    const [receipt = ''] = globSync(`${bundle}/receipts/**/*.dsse.json`).sort()
    const original = readFileSync(receipt)
    const changed = Buffer.from(original)
    const at = changed.indexOf('"payload"') + 40
    changed[at] = changed[at] === 65 ? 66 : 65
    writeFileSync(receipt, changed)
    const { value } = await lab.run(['audit', 'verify', bundle], [1])
    writeFileSync(receipt, original)
    const failed = listAt(value, 'checks').filter((each) => textAt(each, 'verdict') === 'fail')
    return failed.map((each) => `failed: ${textAt(each, 'id')}`)
  })
  return bundle
}
