import { exportAndVerify, showReceipts } from './audit.ts'
import { beRefused, browseAndAgree } from './exchange.ts'
import { generateAndPublish } from './generate.ts'
import { startAndJoin } from './join.ts'
import { changeServedByte, pullKillResume } from './pull.ts'
import { type Story, openStory, root } from './story.ts'
import { writeSummary } from './summary.ts'
import { publishTexts } from './texts.ts'

const stay = process.argv.includes('--stay')

async function tell(story: Story): Promise<void> {
  await startAndJoin(story)
  const datasetId = await generateAndPublish(story)
  const agreementId = await browseAndAgree(story, datasetId)
  const copy = await pullKillResume(story, agreementId)
  await showReceipts(story, agreementId)
  await beRefused(story, datasetId)
  await changeServedByte(story, agreementId)
  await publishTexts(story)
  const bundlePath = await exportAndVerify(story, agreementId)
  await writeSummary(story, { datasetId, agreementId, copy, bundlePath })
  console.log(`
Done in ${story.timeline.total.toFixed(1)} s. Where to look:
  the copy         ${copy.path}
  the evidence     ${bundlePath}
  everything       ${root}/summary.json, and one data folder and log per organisation in ${root}/
  ask a node       bin/tanemaki.js --data ${story.bureau.dataDir} dataset list${stay ? '' : '   (npm run demo -- --stay keeps them running)'}`)
}

const story = await openStory()
try {
  await tell(story)
  if (stay) {
    console.log('\nThe nodes keep running until you press Ctrl-C.')
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
    })
  }
} finally {
  await Promise.all(story.nodes.map((node) => node.stop()))
}
