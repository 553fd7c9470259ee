import { percentile } from '../../domain/distribution.ts'
import type { LoadFinding } from '../../domain/finding.ts'
import { formatCount, formatDuration } from '../../format/quantity-text.ts'
import { type FindingFacts, isDisturbed, strength } from './finding-facts.ts'

/** The first request against the slowest other one: what happens to a second request as well is no start. */
const SLOWER = 2
const FEWEST = 5
/** A first request that nobody would notice is no finding. */
const FELT_US = 20_000
/** Histograms keep three digits. */
const SAME = 0.002

/** The first request took much longer than all others, and it is part of the numbers. */
export function startOutlier({ data }: FindingFacts): LoadFinding | null {
  const { plan, firstLatencyUs: firstUs, series } = data
  const { latency } = series.distributions
  const isInWindow = plan.warmup.kind === 'duration' && plan.warmup.durationUs === 0 && data.warmup.attempted === 0
  if (isDisturbed(data) || !isInWindow || firstUs === null || latency === undefined || latency.n < FEWEST) return null
  const [slowest, second] = [latency.values.length - 1, latency.values.length - 2]
  // Two requests in the highest bucket are no outlier.
  if (latency.counts[slowest] !== 1 || second < 0) return null
  const [maxUs, otherUs] = [latency.max, latency.values[second]!]
  const medianUs = percentile(latency, 50)!
  if (Math.abs(firstUs - maxUs) > SAME * maxUs || maxUs < SLOWER * otherUs || maxUs - otherUs < FELT_US) return null
  return {
    kind: 'start-outlier',
    message: `the first request took ${formatDuration(maxUs)}, all ${formatCount(latency.n - 1)} others at most ${formatDuration(otherUs)} (median ${formatDuration(medianUs)}): mean, max and high percentiles hold its warm-up`,
    advice: "leave the start out: load(..., { warmup: '5s' }) or { warmup: { requests: 1 } }; coldStart() measures it",
    evidence: 0.4 + 0.5 * strength(maxUs / otherUs, SLOWER, 10),
    numbers: { firstUs: maxUs, nextUs: otherUs, medianUs },
  }
}
