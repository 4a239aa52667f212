/** Does `count` pieces of work in their order, at most `width` at once; the first failure ends it. */
export async function inTurns(width: number, count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async () => {
    while (next < count) {
      const own = next
      next += 1
      await work(own)
    }
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker))
}
