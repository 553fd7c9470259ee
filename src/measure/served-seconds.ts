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
 * Closed load sends nothing while all of its users wait, so that the requests of an outage are few: the time itself has to
 * be looked at.
 */
function markStalls(seconds: { stalled: boolean }[] & readonly ServedSecond[], longest: number): void {
  let from = 0
  for (let i = 0; i <= seconds.length; i++) {
    const second = seconds[i]
    const silent =
      second !== undefined &&
      !second.unmeasured &&
      second.waiting > 0 &&
      second.attempted + second.completed + second.failed === 0
    if (silent) continue
    if (i - from >= longest) for (let k = from; k < i; k++) seconds[k]!.stalled = true
    from = i + 1
  }
}

/** The SLO's latency; without one twice the load's p95; at least a second. */
function stallSeconds({ plan, series }: Course): number {
  const { latency } = series.distributions
  const usualUs = latency === undefined ? 0 : 2 * (percentile(latency, 95) ?? 0)
  return Math.max(1, (plan.slo?.latencyUs ?? usualUs) / 1e6)
}
