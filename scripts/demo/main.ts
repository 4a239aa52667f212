import { beRefused, browseAndAgree } from './exchange.ts'
import { generateAndPublish } from './generate.ts'
import { startAndJoin } from './join.ts'
import { openStory } from './story.ts'

const story = await openStory()
try {
  await startAndJoin(story)
  const datasetId = await generateAndPublish(story)
  const agreementId = await browseAndAgree(story, datasetId)
  console.log(JSON.stringify(await story.lab.run(['copy', 'pull', agreementId]), null, 1).slice(0, 3000))
  await beRefused(story, datasetId)
} finally {
  await Promise.all(story.nodes.map((node) => node.stop()))
}
