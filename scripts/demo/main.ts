import { beRefused, browseAndAgree } from './exchange.ts'
import { generateAndPublish } from './generate.ts'
import { startAndJoin } from './join.ts'
import { changeServedByte, pullKillResume } from './pull.ts'
import { openStory } from './story.ts'

const story = await openStory()
try {
  await startAndJoin(story)
  const datasetId = await generateAndPublish(story)
  const agreementId = await browseAndAgree(story, datasetId)
  console.log(await pullKillResume(story, agreementId))
  await beRefused(story, datasetId)
  await changeServedByte(story, agreementId)
} finally {
  await Promise.all(story.nodes.map((node) => node.stop()))
}
