/*
 * Has the load come to its steady state? (`warmup: 'auto'`)
 *
 * Method: five neighbouring buckets of equal length that end now, each with at least 30 good answers, whose median
 * latencies are within 10 % of each other, and no trend of the seconds' medians (Mann-Kendall with Hamed and Rao's
 * correction, p < .05) that comes to over 5 %. Five values show only the steepest trends, so that it is looked for over
 * twice the time of the buckets, back to where the load was at another level: a step that is over is no trend. Buckets of
 * one second are tried first, then longer ones: the median of 30 answers of a target whose latencies vary by half of their
 * level is off by a tenth by itself, and only longer buckets can tell that from warming up.
 * Fails for: a target that gets better in long steps, which looks steady on each of them; a drift of a few percent a
 * minute. The measurement's own drift rule looks for what was missed here.
 */
import { mergeDistributions, percentile } from '../domain/distribution.ts'
import type { WarmupBounds } from '../domain/load-plan.ts'
import type { ValidityFinding } from '../domain/validity.ts'
import { mannKendall } from '../stats/mann-kendall.ts'
import { median } from '../stats/robust.ts'
import type { LiveSecond } from './live-seconds.ts'

const BUCKETS = 5
const BUCKET_REQUESTS = 30
const SPREAD = 0.1
const TREND_P = 0.05
/** A smaller growth over the time that is looked at does no harm, however certain it is. */
const DRIFT = 0.05
/** How far back a trend is looked for, in lengths of the five buckets. */
const TREND_SPANS = 2
/** A second whose median is off by this factor was at another level. */
const OTHER_LEVEL = 1.5
/** Lengths of a bucket that are tried, seconds. */
const BUCKET_SECONDS: readonly number[] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 30]
const KEPT_SECONDS = TREND_SPANS * BUCKETS * BUCKET_SECONDS.at(-1)!

/** Why an automatic warm-up is over. */
export interface WarmupEnd {
  readonly steady: boolean
  /** In words, with the figures; the warm-up is the subject. */
  readonly reason: string
}

/** What a warm-up that was ended before it was steady says about the measurement. */
export function unsteadyFinding(reason: string): ValidityFinding {
  return {
    cause: 'not-steady',
    severity: 'suspect',
    message: `the automatic warm-up reached its longest length and ${reason}`,
    advice:
      "lengthen the load, of which 'auto' may take a third, or give the warm-up a length: load(..., { warmup: '60s' })",
  }
}

/** Watches the seconds of a warm-up and says when it is over. */
export class WarmupWatch {
  readonly #bounds: WarmupBounds
  #seconds: LiveSecond[] = []
  #requests = 0

  constructor(bounds: WarmupBounds) {
    this.#bounds = bounds
  }

  /** Takes the next second; `null` while the warm-up goes on. */
  take(second: LiveSecond): WarmupEnd | null {
    const { fromUs, longestUs, mostRequests } = this.#bounds
    this.#requests += second.outcomes.attempted
    if (second.second * 1e6 < fromUs) return null
    this.#seconds.push(second)
    if (this.#seconds.length > KEPT_SECONDS) this.#seconds.shift()
    const end = steadiness(this.#seconds)
    if (end.steady) return end
    // The next chance is a second away.
    const late = (second.second + 2) * 1e6 > fromUs + longestUs
    return late || (mostRequests !== null && this.#requests >= mostRequests) ? end : null
  }
}

function steadiness(seconds: readonly LiveSecond[]): WarmupEnd {
  let reason = `held fewer than the ${BUCKETS} buckets of ${BUCKET_REQUESTS} answers that it takes to tell`
  for (const size of BUCKET_SECONDS) {
    if (size * BUCKETS > seconds.length) break
    const last = seconds.slice(-size * BUCKETS)
    const buckets = Array.from({ length: BUCKETS }, (_, i) =>
      mergeDistributions(last.slice(i * size, (i + 1) * size).map(({ latency }) => latency)),
    )
    if (buckets.some(({ n }) => n < BUCKET_REQUESTS)) continue
    const medians = buckets.map((bucket) => percentile(bucket, 50)!)
    const low = Math.min(...medians)
    const high = Math.max(...medians)
    const range = `its last ${BUCKETS} buckets of ${size} s had medians from ${ms(low)} to ${ms(high)}`
    if (high > low * (1 + SPREAD)) {
      reason = `was not steady: ${range}, ${percent(high / low - 1)} apart (limit ${percent(SPREAD)})`
      continue
    }
    const drift = driftOf(seconds.slice(-TREND_SPANS * size * BUCKETS), size * BUCKETS)
    if (Math.abs(drift) <= DRIFT) return { steady: true, reason: `was steady: ${range}` }
    reason = `was not steady: ${range}, and its seconds still ${drift < 0 ? 'fell' : 'rose'}, by ${percent(Math.abs(drift))}`
  }
  return { steady: false, reason }
}

/**
 * Growth of the seconds' medians over their time as a share of the level; 0 where noise explains it.
 * @param atLeast seconds at the end that count whatever their level
 */
function driftOf(seconds: readonly LiveSecond[], atLeast: number): number {
  const level = median(mediansOf(seconds.slice(-atLeast)))
  const before = mediansOf(seconds.slice(0, -atLeast))
  const other = before.findLastIndex((us) => us > level * OTHER_LEVEL || us * OTHER_LEVEL < level)
  const medians = [...before.slice(other + 1), ...mediansOf(seconds.slice(-atLeast))]
  const { p, slope } = mannKendall(medians)
  return p < TREND_P ? (slope * medians.length) / level : 0
}

function mediansOf(seconds: readonly LiveSecond[]): number[] {
  return seconds.flatMap(({ latency }) => percentile(latency, 50) ?? [])
}

function ms(us: number): string {
  return `${Number((us / 1e3).toPrecision(3))} ms`
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`
}
