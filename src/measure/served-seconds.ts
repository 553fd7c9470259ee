import { percentile } from '../domain/distribution.ts'
import type { MeasurementData, SecondBucket } from '../domain/measurement.ts'

/** One whole second of the measured windows, and of the ramps between them, as the target's users saw it. */
export interface ServedSecond extends Pick<
  SecondBucket,
  'second' | 'completed' | 'failed' | 'attempted' | 'good' | 'withinSlo' | 'unsent'
> {
  /** Requests that had not been answered when it began. */
  readonly waiting: number
  /** Nothing was measured in a part of it. */
  readonly unmeasured: boolean
  /** Part of a time in which everybody waited and nobody was answered for longer than a request may take. */
  readonly stalled: boolean
}

type Course = Pick<MeasurementData, 'buckets' | 'steps' | 'gaps' | 'plan' | 'series'>

/** The whole seconds from the opening of the first window to the end of the last, in order and without holes. */
export function servedSeconds(data: Course): readonly ServedSecond[] {
  const from = Math.ceil((data.steps[0]?.startUs ?? 0) / 1e6)
  const to = Math.floor((data.steps.at(-1)?.endUs ?? 0) / 1e6)
  const buckets = new Map(data.buckets.map((bucket) => [bucket.second, bucket]))
  const seconds: (Omit<ServedSecond, 'stalled'> & { stalled: boolean })[] = []
  let waiting = 0
  for (let second = 0; second < to; second++) {
    const { completed, failed, attempted, good, withinSlo, unsent } = buckets.get(second) ?? NOTHING
    const unmeasured = data.gaps.some(({ fromUs, toUs }) => fromUs < (second + 1) * 1e6 && toUs > second * 1e6)
    const counts = { second, completed, failed, attempted, good, withinSlo, unsent }
    if (second >= from) seconds.push({ ...counts, waiting, unmeasured, stalled: false })
    waiting = Math.max(0, waiting + attempted - unsent - completed - failed)
  }
  markStalls(seconds, stallSeconds(data))
  return seconds
}

const NOTHING = { completed: 0, failed: 0, attempted: 0, good: 0, withinSlo: null, unsent: 0 }

/**
 * A time in which requests waited and none was answered, good or not. Requests alone do not tell of it: closed load sends
 * none while its users wait, and without a limit on latency an answer that comes in the end is a good one.
 */
function markStalls(seconds: { stalled: boolean }[] & readonly ServedSecond[], longest: number): void {
  let from = 0
  for (let i = 0; i <= seconds.length; i++) {
    const second = seconds[i]
    const silent = second !== undefined && second.waiting > 0 && second.completed + second.failed === 0
    if (silent && !second.unmeasured) continue
    if (i - from >= longest) for (let k = from; k < i; k++) seconds[k]!.stalled = true
    from = i + 1
  }
}

/** The SLO's latency; without one twice the load's median; at least a second. */
function stallSeconds({ plan, series }: Course): number {
  const { latency } = series.distributions
  const usualUs = latency === undefined ? 0 : 2 * (percentile(latency, 50) ?? 0)
  return Math.max(1, (plan.slo?.latencyUs ?? usualUs) / 1e6)
}
