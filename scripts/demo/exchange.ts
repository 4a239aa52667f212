import { allowedPurpose, forbiddenPurpose } from './generate.ts'
import { type Story, listAt, textAt } from './story.ts'

/** From the lab's first look at the catalog to an agreement. Returns the agreement's id. */
export async function browseAndAgree(story: Story, datasetId: string): Promise<string> {
  const { timeline, bureau, lab } = story
  await timeline.step('browse', "The lab browses the bureau's catalog", async () => {
    const { value } = await lab.run(['catalog', 'browse', bureau.did])
    return listAt(value, 'datasets').map((dataset) => `${textAt(dataset, 'title')} (${textAt(dataset, 'id')})`)
  })
  await timeline.step('dryRun', 'It asks beforehand what the policy would answer', async () => {
    const { value } = await lab.run(['policy', 'explain', bureau.did, datasetId, '--purpose', allowedPurpose])
    return `for research: ${textAt(value, 'forecasts', '0', 'decision', 'permitted') === 'true' ? 'permitted' : 'denied'}`
  })
  let agreementId = ''
  await timeline.step('negotiate', 'They negotiate over the Dataspace Protocol', async () => {
    const { value } = await lab.run(['exchange', 'request', bureau.did, datasetId, '--purpose', allowedPurpose])
    agreementId = textAt(value, 'agreement', '@id')
    return `${textAt(value, 'state')}: agreement ${agreementId}`
  })
  return agreementId
}

/** A stranger without membership, and a member with a purpose that the offer does not allow. */
export async function beRefused({ timeline, bureau, lab, stranger }: Story, datasetId: string): Promise<void> {
  await timeline.step('stranger', 'A stranger without membership asks', async () => {
    const { value } = await stranger.run(['catalog', 'browse', bureau.did], [3])
    return `refused: ${textAt(value, 'detail')}`
  })
  await timeline.step('forbiddenPurpose', 'The lab asks for a purpose that the offer does not allow', async () => {
    const { value } = await lab.run(
      ['exchange', 'request', bureau.did, datasetId, '--purpose', forbiddenPurpose],
      [1, 3],
    )
    const reasons = listAt(value, 'termination', 'reasons').map(String)
    return ['refused and explained:', ...reasons]
  })
}
