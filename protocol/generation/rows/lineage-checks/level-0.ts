import { digestHex, fromHex } from '../../../canonical/hash.ts'
import { leafHash, verifyInclusion } from '../../../canonical/merkle.ts'
import { Faults, type Finding, notApplicable } from '../../../ledger/verify-bundle/bundle.ts'
import { lineageCommitment, rowLeaf } from '../lineage.ts'
import { type Funnel, roundedFunnel } from '../told-funnel.ts'
import { canonicalJson } from '../../../canonical/jcs.ts'
import { type Disclosed, placeOf } from './disclosed.ts'

/** The rows of the files are those that the manifest commits to, in their order and number. */
export function checkRowRoot({ dataset, disclosure, counted, rowRoot }: Disclosed): Finding {
  const { provenance, records } = dataset
  if (provenance.rowRoot === undefined) return notApplicable('the manifest has no root over its rows')
  const faults = new Faults()
  faults.expect(rowRoot === provenance.rowRoot, 'rows', 'the root over the rows of the files is another one')
  faults.expect(counted === records, 'rows', `the files have ${counted} rows, the manifest names ${records}`)
  faults.expect(counted === disclosure.rows, 'rows', `the run made ${disclosure.rows} rows`)
  return faults.finding(`${counted} rows have the root that the manifest holds`)
}

/** Accepted and rejected candidates add up, and are what the manifest tells in rounded numbers. */
export function checkFunnel({ dataset, disclosure }: Disclosed): Finding {
  const { funnel, rows } = disclosure
  const faults = new Faults()
  const rejected = Object.values(funnel.rejected).reduce((sum, count) => sum + count, 0)
  faults.expect(funnel.accepted + rejected === funnel.candidates, 'funnel', 'the candidates do not add up')
  faults.expect(funnel.accepted === rows, 'funnel', 'another number of candidates was accepted than there are rows')
  const told = dataset.provenance['funnel']
  const expected: Funnel = roundedFunnel(funnel)
  if (told !== undefined) {
    faults.expect(canonicalJson(told) === canonicalJson(expected), 'funnel', 'the manifest tells other numbers')
  }
  return faults.finding(`${funnel.candidates} candidates: ${funnel.accepted} accepted, ${rejected} rejected`)
}

/** Every disclosed record stands in the lineage tree of the manifest, and speaks of the row that is published there. */
export function checkLineage({ dataset, disclosure, hashing, published }: Disclosed): Finding {
  const root = dataset.provenance.lineageRoot
  if (root === undefined) return notApplicable('the manifest has no root over its lineage')
  const faults = new Faults()
  const seen = new Set<number>()
  for (const { record, salt, proof } of disclosure.records) {
    const place = placeOf(record)
    faults.expect(!seen.has(record.row), place, 'the record is disclosed twice')
    seen.add(record.row)
    const leaf = leafHash(lineageCommitment(record, fromHex(salt), hashing), hashing.sha256)
    const claim = { index: record.row, size: disclosure.rows, leaf, root: fromHex(root), proof: proof.map(fromHex) }
    faults.expect(verifyInclusion(claim, hashing.sha256), place, 'the record is not in the tree of the manifest')
    const row = published.get(record.row)
    const isThatRow = row !== undefined && digestHex(rowLeaf(row, hashing)) === record.output
    faults.expect(isThatRow, place, 'the record speaks of another row than the published one')
  }
  if (seen.size === 0) return notApplicable('no record is disclosed')
  return faults.finding(`${seen.size} records are in the tree of the manifest and speak of the published rows`)
}
