import { LoadError } from '../domain/load-error.ts'
import type { Overhead } from '../domain/engine-run.ts'
import { describe } from '../domain/quantity.ts'
import { formatCount, formatInterval, formatPoints, formatRate, formatShare } from '../format/quantity-text.ts'
import type { EngineRun } from '../measure/engine-run.ts'
import { limitShare } from './arguments.ts'
import { claimTexts, type Claim, type Judged } from './claim.ts'
import { defineMatcher, type Matcher } from './matcher.ts'
import type { Subject } from './subject.ts'

const NAME = 'toHaveOverheadBelow'

/**
 * The server takes less than this share of the tokens per second that its engine gives by itself: a claim about a load by
 * one user, as an engine without a server answers one prompt at a time.
 * @throws LoadError `not-measured` when either side tells no tokens per second of whole answers
 */
export const toHaveOverheadBelow: Matcher = defineMatcher(
  NAME,
  (subject, [share, engine]) => claimOf(subject, limitShare(NAME, share), requireEngine(engine)),
  'requests',
  'one',
)

function claimOf(subject: Subject, limit: number, engine: EngineRun): Claim {
  const { profile } = subject.plan
  const alone =
    'users' in profile
      ? profile.users === 1
      : profile.executor === 'constant-vus' && profile.steps.every(({ users }) => users === 1)
  return {
    ...claimTexts(`overhead of the server${subject.of}`, `below ${formatShare(limit)}`),
    judge: () => ruling(engine.overhead(subject), limit, alone),
  }
}

function ruling(
  { share, interval, serverTokensPerSecond, engineTokensPerSecond, n }: Overhead,
  limit: number,
  alone: boolean,
): Judged {
  return {
    outcome: share < limit ? 'holds' : 'denied',
    measured:
      `${formatShare(share)} ${formatInterval(interval, formatShare)}`.trimEnd() +
      `, ${formatRate(engineTokensPerSecond)} without and ${formatRate(serverTokensPerSecond)} with it, n = ${formatCount(n[1])} and ${formatCount(n[0])}`,
    distance: share === limit ? null : `${formatPoints(Math.abs(share - limit))} ${share > limit ? 'over' : 'under'}`,
    weakness: weakness(share, interval, limit),
    details: alone ? [] : ['the server answered several requests at once, the engine one: load it by one user'],
  }
}

function weakness(share: number, interval: readonly [number, number] | null, limit: number): string | null {
  if (share >= limit) return null
  if (interval === null) return 'a single answer says nothing of the next one'
  return interval[1] < limit ? null : `the interval reaches ${formatShare(interval[1])}`
}

function requireEngine(engine: unknown): EngineRun {
  const data = (engine as { readonly data?: { readonly schema?: unknown } } | null | undefined)?.data
  if (data?.schema === 'perf/engine@1') return engine as EngineRun
  throw new LoadError(
    'invalid-option',
    `${NAME}(share, engine): got ${describe(engine)}, takes what withoutServer() returned`,
  )
}
