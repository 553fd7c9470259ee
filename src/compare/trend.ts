import type { Trend, TrendPoint } from '../domain/comparison.ts'
import type { HistoryPoint, Reference } from '../domain/history.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import { ratioOf } from '../stats/log-sample.ts'
import { betterWay } from './judge-effects.ts'
import { comparableHistory } from './reference-runs.ts'
import { stageGains } from './stage-gain.ts'
import { levelsOf } from './trend-levels.ts'
import { sampleSummary } from './trend-samples.ts'
import { labelOf, type Version, versionsOf } from './trend-version.ts'

/** Chance that the true speed-up lies beyond either bound of its interval. */
const TAIL = 0.025

/**
 * A spec's way over its comparable runs that were measured to their end, failed claims included; the current run is
 * last.
 */
export function trendOf(reference: Reference, current: HistoryPoint, metric: RecordedMetricId): Trend {
  const comparable = comparableHistory(reference)
  return trendOfRuns([...comparable.filter(isMeasured), current], metric, {
    current,
    incomparable: reference.history.length - comparable.length,
  })
}

/** Whether a run came to its end and may be judged by: whatever its claims came to. */
export function isMeasured({ status }: HistoryPoint): boolean {
  return status === 'passed' || status === 'failed'
}

/**
 * The way over these runs, oldest first. `change` is new/old - 1; `speedup` is old/new where lower is better, new/old
 * otherwise; both are `null` where a value of 0 leaves them undefined.
 * @param about.current the run that is under way: it is a point of its own
 * @param about.incomparable runs that were left out
 */
export function trendOfRuns(
  runs: readonly HistoryPoint[],
  metric: RecordedMetricId,
  { current = null, incomparable = 0 }: { readonly current?: HistoryPoint | null; readonly incomparable?: number } = {},
): Trend {
  const better = betterWay(metric)
  const versions = versionsOf(runs, metric, current)
  const first = versions[0]?.value ?? null
  const points = versions.map((version, i): TrendPoint => {
    const { value, last } = version
    const cumulative = i === 0 ? null : changeOf(first, value)
    return {
      runId: last.runId,
      label: last === current ? 'this run' : labelOf(version),
      startedAt: last.startedAt,
      value,
      change: i === 0 ? null : changeOf(versions[i - 1]!.value, value),
      cumulative,
      speedup: cumulative === null || value === 0 ? null : better === 'lower' ? first! / value : value / first!,
      current: last === current,
      runs: version.values.length,
      cv: version.cv,
      origin: last.origin,
      samples: sampleSummary(version.samples, better),
    }
  })
  const staged = versions.filter(({ stages }) => stages.length > 0)
  const [from, to] = [staged[0], staged.at(-1)]
  const compared = from !== undefined && to !== undefined && from !== to
  return {
    metric,
    points,
    ...levelsOf(
      versions,
      points.map(({ label }) => label),
      better,
    ),
    incomparable,
    speedupInterval: speedupInterval(versions, better),
    stages: compared ? stageGains(from.stages, to.stages) : [],
    stageVersions: compared ? [labelOf(from), to.last === current ? 'this run' : labelOf(to)] : null,
  }
}

/**
 * Without several runs of both versions nothing is known of the noise, and so nothing of an interval; runs that warm up
 * are not several runs of one thing.
 */
function speedupInterval(versions: readonly Version[], better: 'lower' | 'higher'): readonly [number, number] | null {
  const [first, last] = [versions[0], versions.at(-1)]
  if (first === undefined || last === undefined || first === last) return null
  const [before, after] = [first.values, last.values]
  if ([...before, ...after].some((value) => !(value > 0))) return null
  if ([first, last].some(({ samples }) => sampleSummary(samples, better)?.rounds.some(({ warmup }) => warmup)))
    return null
  const ratio = better === 'lower' ? ratioOf(before, after, TAIL) : ratioOf(after, before, TAIL)
  return ratio === null ? null : [ratio.lower, ratio.upper]
}

function changeOf(old: number | null, now: number): number | null {
  return old === null || old === 0 ? null : now / old - 1
}
