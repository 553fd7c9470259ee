import type { RecordedMetricId } from './metric.ts'
import type { ComparisonVerdict } from './verdict.ts'

/** One metric against its reference. Effects are on the log scale, signed so that positive is worse. */
export interface MetricComparison {
  readonly metric: RecordedMetricId
  readonly verdict: ComparisonVerdict
  readonly current: number
  readonly reference: number
  /** new / old - 1, in the metric's own direction. For shares (error rate), which are often 0: new - old. */
  readonly change: number
  /**
   * 95 % lower and upper bounds of `change`; `null` where they are not defined. REGRESSED and IMPROVED ask for more
   * confidence than that (`alpha`, over all metrics together).
   */
  readonly changeInterval: readonly [number, number] | null
  /** Smallest worsening that this comparison would call REGRESSED: a share of the reference, or points of a share. */
  readonly detectable: number | null
  /** Further runs that would settle an INCONCLUSIVE; `null` when unknown. */
  readonly runsNeeded: number | null
  /** One-sided p value of "no worse", by itself; absent without an interval. */
  readonly pWorse?: number
  /** Verdicts that more runs in the same job could still come to; absent unless INCONCLUSIVE with an interval. */
  readonly reachable?: readonly ('OK' | 'REGRESSED')[]
}

/** A measurement against a baseline, history or another measurement. */
export interface Comparison {
  readonly verdict: ComparisonVerdict
  readonly metrics: readonly MetricComparison[]
  /** Where the reference comes from, in words: `baseline "default" (3 runs)`, `the last 4 runs`. */
  readonly against: string
  /** Run-to-run coefficient of variation that was used, and whether it was measured or assumed. */
  readonly runCv: { readonly value: number; readonly source: 'assumed' | 'measured' } | null
  /** Looks at this question, of those planned before the first; absent where one look was all that was planned. */
  readonly looks?: { readonly made: number; readonly planned: number }
  /** Sentences that a reader needs: fingerprint differences, provisional baseline, assumed noise. */
  readonly notes: readonly string[]
}

/** What most loads of a run have in common against their references. */
export interface CommonMode {
  /** Loads that moved that way, of those that could be compared. */
  readonly alike: number
  readonly of: number
  /** Median over all of them of current / reference - 1 of the median latency. */
  readonly change: number
}

/**
 * One bar of the trend: a version with its changes. Runs of one clean commit that follow each other are one version; its
 * value is their geometric mean.
 */
export interface TrendPoint {
  /** Of the version's last run. */
  readonly runId: string
  readonly label: string
  readonly startedAt: string
  readonly value: number
  /** Against the point before and against the first; `null` for the first. new/old - 1. */
  readonly change: number | null
  readonly cumulative: number | null
  /** old/new for lower-is-better metrics, new/old otherwise; against the first. */
  readonly speedup: number | null
  readonly current: boolean
  /** Number of runs behind it. */
  readonly runs: number
  /** From run to run within the version; `null` below two runs. */
  readonly cv: number | null
  readonly origin: 'measured' | 'imported'
  /** The values of the version one by one; `null` unless there are several of an imported one. */
  readonly samples: TrendSamples | null
}

/** Values that one version was told with. */
export interface TrendSamples {
  readonly n: number
  readonly best: number
  readonly mean: number
  readonly rounds: readonly TrendRound[]
}

/** Values that were taken one after the other. */
export interface TrendRound {
  /** `null` where nothing is said of rounds. */
  readonly name: string | null
  readonly values: readonly number[]
  readonly best: number
  readonly mean: number
  /** last/first - 1. */
  readonly change: number | null
  /** The values get better from one to the next: a warm-up, a cache, a clock, and no improvement of the version. */
  readonly warmup: boolean
}

/** What one stage gave to a change, between the first and the last version whose stages are known. */
export interface StageGain {
  readonly name: string
  /** 0 for the latency itself. */
  readonly depth: number
  /** Microseconds; `null` where the version had no such stage. */
  readonly firstUs: number | null
  readonly lastUs: number | null
  /** last - first; a missing stage counts as 0. */
  readonly differenceUs: number
  /** Of the difference of the latency; `null` where that is 0. */
  readonly share: number | null
}

/** Where the level of a spec's metric changed. Told, never judged by itself. */
export interface TrendChange {
  /** The first point of the new level: index into `points`. */
  readonly index: number
  /** How that run is called: its commit, else its time. */
  readonly label: string
  /** Geometric means of the level before and of the one after, in the metric's own unit. */
  readonly before: number
  readonly after: number
  /** after / before - 1. */
  readonly change: number
  readonly better: boolean
}

/** A spec's way over its comparable runs. */
export interface Trend {
  readonly metric: RecordedMetricId
  /** Oldest first; the current run is last. */
  readonly points: readonly TrendPoint[]
  /** Changes of level among the points, oldest first. */
  readonly changes: readonly TrendChange[]
  /**
   * The level has crept away from where it was, with no single run to blame: by how much (new/old - 1) against the
   * oldest runs since the last change of level. `null` where it has not.
   */
  readonly creep: number | null
  /** Runs of other environments or workloads that were left out. */
  readonly incomparable: number
  /** 95 % bounds of the last point's `speedup`; `null` unless the first and the last version have at least two runs each. */
  readonly speedupInterval: readonly [number, number] | null
  /** Empty where fewer than two versions tell stages. */
  readonly stages: readonly StageGain[]
  /** Of the stage table: the versions that it compares. */
  readonly stageVersions: readonly [first: string, last: string] | null
}
