import { importAndGenerate } from './generate.ts'
import { startAndJoin } from './join.ts'
import { openStory } from './story.ts'

const story = await openStory()
try {
  await startAndJoin(story)
  await importAndGenerate(story)
} finally {
  await Promise.all(story.nodes.map((node) => node.stop()))
}
