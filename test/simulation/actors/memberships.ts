import type { Actor, Stage } from '../stage.ts'
import { AUTHORITY, type Member, MEMBERS } from '../template.ts'

const MINUTE = 60_000
const TRY_AGAIN_MS = 20_000
const SHORTEST_EXCLUSION_MS = 5_000
const LONGEST_EXCLUSION_MS = 20 * MINUTE

/** The authority takes a membership back in the middle of everything, and later admits the member again. */
export const revokers: Actor = (stage) => {
  const { random, world, template } = stage
  // A renewal that is refused to an excluded member is given up for good.
  if (!random.chance(0.12) || world.faults.startsLateMs > 0) return
  const name = random.pick(MEMBERS)
  const did = template.dids[name]
  if (did === undefined) throw new Error(`no node ${name}`)
  stage.later(random.between(5_000, world.faults.lastMs * 0.7), () => {
    const revoke = stage.act(AUTHORITY, 'revoke a membership', ({ governance }) =>
      governance.revoke({ did, reason: 'under suspicion' }),
    )
    void revoke.then(async () => {
      // What seems to have failed may have been done: the authority knows.
      if (!(await isRevoked(stage, did))) return
      world.coverage.fault('membership revoked')
      const away = random.between(SHORTEST_EXCLUSION_MS, random.pick([MINUTE, 5 * MINUTE, LONGEST_EXCLUSION_MS]))
      world.timeline.after(away, () => void admit(stage, name))
    })
  })
}

async function isRevoked(stage: Stage, did: string): Promise<boolean> {
  for (;;) {
    let revoked = false
    const asked = await stage.act(AUTHORITY, 'look at the members', async ({ governance }) => {
      const { members } = await governance.members()
      revoked = members.some((member) => member.did === did && member.state === 'revoked')
    })
    if (asked) return revoked
    await stage.world.timeline.sleep(TRY_AGAIN_MS)
  }
}

/** Also when the faults are over: an exchange with somebody who stays excluded has no end to come to. */
async function admit(stage: Stage, name: Member): Promise<void> {
  for (;;) {
    let text = ''
    const invited = await stage.act(AUTHORITY, 'invite again', async ({ governance }) => {
      text = (await governance.invite({ name })).invitation
    })
    if (invited && (await stage.act(name, 'join again', ({ governance }) => governance.join(text)))) return
    await stage.world.timeline.sleep(TRY_AGAIN_MS)
  }
}

/** Looks whether the memberships have run out where the authority could not be reached in time to renew them. */
export const watchers: Actor = (stage) => {
  const { template, world } = stage
  if (world.faults.startsLateMs === 0) return
  for (const name of MEMBERS) {
    world.timeline.after(Math.max(0, template.expires - world.timeline.now) + 1_000, () =>
      stage.do(name, 'look at the membership', async ({ governance }) => {
        if ((await governance.membership())?.state === 'expired') world.coverage.fault('membership expired')
      }),
    )
  }
}
