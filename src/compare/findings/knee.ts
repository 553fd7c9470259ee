import { percentile } from '../../domain/distribution.ts'
import type { LoadFinding } from '../../domain/finding.ts'
import type { StepData } from '../../domain/measurement.ts'
import { qps } from '../../domain/series-rates.ts'
import { formatDuration, formatRate, formatUsers } from '../../format/quantity-text.ts'
import { type FindingFacts, isDisturbed, strength } from './finding-facts.ts'

/** Steps that differ by less say little of what more load brings. */
const MORE_LOAD = 1.2
/** Of what was added, at most so much came through, also where chance made the later step look slow. */
const PASSED_ON = 0.25
/** By how much the median latency rose. */
const SLOWER = 1.3
/** Requests of a step: fewer give no rate to compare. */
const FEWEST = 50
/** One-sided 97.5 % of a normal distribution; counts of completions vary at most as Poisson's. */
const Z = 1.96

/** More load between two steps brought no more answers, only longer waits. */
export function pastTheKnee({ data }: FindingFacts): LoadFinding | null {
  if (isDisturbed(data) || data.plan.scenario.kind === 'mix') return null
  const steps = data.steps.filter(({ validity }) => validity.state !== 'invalid')
  if (steps.length < data.steps.length) return null
  for (const [i, later] of steps.entries()) {
    const earlier = steps[i - 1]
    const found = earlier === undefined ? null : between(earlier, later)
    if (found !== null) return found
  }
  return null
}

function between(earlier: StepData, later: StepData): LoadFinding | null {
  const [low, high] = [levelOf(earlier), levelOf(later)]
  const [before, after] = [factsOf(earlier), factsOf(later)]
  if (low === null || high === null || before === null || after === null || high < MORE_LOAD * low) return null
  const gain = after.qps / before.qps
  const error = Z * gain * Math.sqrt(1 / before.completed + 1 / after.completed)
  const most = 1 + PASSED_ON * (high / low - 1)
  const slower = after.p50 / before.p50
  if (gain + error > most || slower < SLOWER) return null
  const level = later.users === null ? formatRate : formatUsers
  return {
    kind: 'past-the-knee',
    message:
      `from ${level(low)} to ${level(high)} throughput went from ${formatRate(before.qps)} to ${formatRate(after.qps)} ` +
      `and the median latency from ${formatDuration(before.p50)} to ${formatDuration(after.p50)}: the knee lies below step ${later.index + 1}`,
    advice: `plan for the load of step ${earlier.index + 1} at most; capacity() finds the limit`,
    evidence: 0.5 + 0.5 * strength(slower, SLOWER, 4),
    numbers: {
      lowLevel: low,
      highLevel: high,
      lowQps: before.qps,
      highQps: after.qps,
      lowP50: before.p50,
      highP50: after.p50,
    },
  }
}

function levelOf({ ratePerSecond, users }: StepData): number | null {
  return ratePerSecond ?? users
}

function factsOf({
  series,
}: StepData): { readonly qps: number; readonly p50: number; readonly completed: number } | null {
  const { completed } = series.events
  const [rate, latency] = [qps(series), series.distributions.latency]
  const p50 = latency === undefined ? null : percentile(latency, 50)
  return rate === null || p50 === null || completed < FEWEST || p50 <= 0 ? null : { qps: rate, p50, completed }
}
