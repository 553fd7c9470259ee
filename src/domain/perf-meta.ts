// oxlint-disable-next-line import/no-empty-named-blocks, unicorn/require-module-specifiers -- loads the module that is augmented below; an augmentation alone does not
import type {} from 'vitest'
import type { AlertRecord, AlertSpan } from './alert.ts'
import type { SearchSummary } from './search.ts'
import type { Comparison, Trend } from './comparison.ts'
import type { LoadFinding } from './finding.ts'
import type { RecordedMetrics } from './history.ts'
import type { DistributionShapes, LoadCourse, LoadSetup } from './load-charts.ts'
import type { Look } from './look.ts'
import type { ProfilePlan, WarmupPlan } from './load-plan.ts'
import type { CheckCounts, ErrorSample, LoadEvent, OutcomeCounts } from './measurement.ts'
import type { TokenSource } from './observation.ts'
import type { ResourceMetricId, WatchedData } from './resource.ts'
import type { SpecId } from './spec-id.ts'
import type { Validity } from './validity.ts'
import type { ExpectationRecord } from './verdict.ts'

/** What a test says about its loads: travels in `task.meta.perf` to reporters and into Vitest's JSON. No histograms. */
export interface PerfMeta {
  /** In the order in which they ended. */
  readonly loads: readonly LoadSummary[]
  /**
   * Procedures of the test, in the order in which they began; absent without any. Trials of a search are in no other
   * list; loads of a sweep or of a comparison are in `loads`, each under its own label.
   */
  readonly searches?: readonly SearchSummary[]
}

/** One load in the numbers that a table shows. */
export interface LoadSummary {
  readonly loadId: string
  readonly specId: SpecId
  /** Empty for the only load of a test. */
  readonly label: string
  /** Test name and label. */
  readonly title: string
  /** Which look it is at a load that is repeated while its comparison is inconclusive; absent for a load that is not. */
  readonly look?: Look
  /** ISO 8601. */
  readonly startedAt: string
  readonly profile: ProfilePlan
  readonly warmup: WarmupPlan
  readonly validity: Validity
  readonly numbers: LoadNumbers
  /** Empty unless the profile has several steps. */
  readonly steps: readonly StepSummary[]
  /** Several scenarios in one load: numbers of the whole say little of any of them. */
  readonly isMix: boolean
  /** Parts of a mix in their order, then named requests and steps of scenario modules by name. */
  readonly requests: readonly RequestSummary[]
  /** Classes of prompts, by name; empty where there are none. */
  readonly promptClasses: readonly RequestSummary[]
  /** What was done to the target, and noted, while the load ran; in time order. */
  readonly events: readonly EventSummary[]
  /** Share of the seconds with a good answer; `null` without an event, and where it cannot be told. */
  readonly availability: number | null
  /** What was watched beside the load, in the order of its declaration. */
  readonly watched: readonly WatchedSummary[]
  /** What came of each alert, in the order of their declaration. */
  readonly alerts: readonly AlertSummary[]
  /** Named checks of scenario modules. */
  readonly checks: Readonly<Record<string, CheckCounts>>
  /** In the order in which they were judged; cannot-judge included. */
  readonly expectations: readonly ExpectationRecord[]
  /** What history keeps. */
  readonly metrics: RecordedMetrics
  /** Against the reference that came with the load; `null` when there was nothing to compare with. */
  readonly comparison: Comparison | null
  readonly trend: Trend | null
  /** Latency far below that of all comparable runs; `null` where it is not. */
  readonly implausible: ImplausibleLatency | null
  /** Over its time, for charts; `null` where no second was reported. */
  readonly course: LoadCourse | null
  /** Of all good requests, for charts. */
  readonly shapes: DistributionShapes
  readonly setup: LoadSetup
  /** What the numbers say about the limits of the load, the best supported first. */
  readonly findings: readonly LoadFinding[]
  /** Sentences for the reader: store problems, provisional baseline. */
  readonly notes: readonly string[]
}

/** Numbers of one name or class beside those of its load. */
export interface RequestSummary {
  readonly name: string
  readonly numbers: LoadNumbers
}

/** A load's event in the time that `at()` counts in. */
export interface EventSummary extends LoadEvent {
  /** Microseconds since the opening of the first window; negative before it. */
  readonly intoWindowUs: number
}

/** What came of an alert, its spans in the time that `at()` counts in. */
export interface AlertSummary extends AlertRecord {
  readonly spans: readonly (AlertSpan & {
    /** Of its begin: microseconds since the opening of the first window; negative before it. */
    readonly intoWindowUs: number
  })[]
}

/** One watched resource: its numbers over the measured windows, and samples of the whole run for charts. */
export interface WatchedSummary extends Omit<WatchedData, 'totals'> {
  /**
   * What has a value, in the order of tables; single cores are in `samples` alone. Of a histogram `n` counts values, `p95` is
   * interpolated and `max` the end of its highest bucket: JSON has `null` for both where they lie over the last bound.
   */
  readonly metrics: readonly {
    readonly metric: ResourceMetricId
    readonly n: number
    readonly mean: number
    readonly p95: number
    readonly max: number
    /** Mean before the load; `null` where it was not watched then. */
    readonly idle: number | null
  }[]
}

/** Numbers of a step beside those of its load. */
export interface StepSummary {
  readonly index: number
  readonly ratePerSecond: number | null
  readonly users: number | null
  readonly validity: Validity
  readonly numbers: LoadNumbers
}

/** Base units: microseconds, events per second, shares. A missing value is `null`. */
export interface LoadNumbers {
  readonly windowUs: number
  readonly outcomes: OutcomeCounts
  readonly qps: number | null
  readonly outputTokensPerSecond: number | null
  readonly tokenSource: TokenSource | 'mixed' | null
  readonly goodput: number | null
  /** Output tokens per second of requests within the SLO; `null` without one or without tokens. */
  readonly tokenGoodput: number | null
  /** Requests within the SLO / attempted; `null` without one. */
  readonly goodFraction: number | null
  /** (failed + dropped + missed) / attempted. */
  readonly errorRate: number | null
  readonly latency: PercentileSummary | null
  readonly serviceTime: PercentileSummary | null
  readonly ttft: PercentileSummary | null
  readonly tpot: PercentileSummary | null
  readonly interChunkLatency: PercentileSummary | null
  readonly pacerLag: PercentileSummary | null
  /** The tree of stages, depth first; empty where the target told none. */
  readonly stages: readonly StageSummary[]
  readonly counters: readonly CounterSummary[]
  readonly audio: AudioNumbers | null
  readonly frequentError: ErrorSample | null
}

/** A median latency under 1 % of the usual one: rather than the service, something may have answered in its place. */
export interface ImplausibleLatency {
  readonly latencyUs: number
  /** Median over comparable runs. */
  readonly usualUs: number
  readonly runs: number
}

/** One stage of a latency; its parts follow it, one deeper. Microseconds. */
export interface StageSummary {
  /** As recorded: the path, with ` (inferred)` where it was not measured. */
  readonly name: string
  /** 0 for the latency itself. */
  readonly depth: number
  readonly inferred: boolean
  readonly n: number
  readonly meanUs: number
  /** Sample standard deviation; `null` below two values, and where it is not known. */
  readonly sdUs: number | null
  /** Of the time of all requests whose stages are known; `null` when that is 0. */
  readonly share: number | null
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
}

/** A counter that answers told. */
export interface CounterSummary {
  readonly name: string
  /** Good answers that told it, and that did not. */
  readonly n: number
  readonly missing: number
  readonly total: number
  /** Answers that told more than 0, of those that told it. */
  readonly share: number
}

/** Numbers of speech and transcriptions. */
export interface AudioNumbers {
  readonly charactersPerSecond: number | null
  readonly audioSecondsPerSecond: number | null
  /** A ratio. */
  readonly realTimeFactor: PercentileSummary | null
  readonly timeToFirstAudio: PercentileSummary | null
  /** `smooth`: answers that play without standing still. */
  readonly stutter: {
    readonly n: number
    readonly smooth: number
    readonly p95: number | null
    readonly max: number
  } | null
  /** Of all transcripts with a reference. */
  readonly words: { readonly errors: number; readonly reference: number } | null
}

/** Percentiles of recorded values in microseconds; of good requests only, as in every table. */
export interface PercentileSummary {
  readonly n: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  readonly mean: number
  /** Sample standard deviation; `null` below two values. See `standardDeviation` for its error. */
  readonly sd: number | null
}

declare module 'vitest' {
  interface TaskMeta {
    perf?: PerfMeta
  }
}
