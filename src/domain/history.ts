import type { OutcomeCounts } from './measurement.ts'
import type { RecordedMetricId } from './metric.ts'
import type { SpecId } from './spec-id.ts'
import type { ValidityFinding } from './validity.ts'
import type { ExpectationRecord } from './verdict.ts'

/** Where a run happened. Runs compare only when every hard field is the same; soft differences are shown. */
export interface Fingerprint {
  readonly hard: Readonly<Record<string, string | number | null>>
  readonly soft: Readonly<Record<string, string | number | null>>
  /** Short digest of `hard` and the workload's hash. */
  readonly hardHash: string
}

/** The state of the source tree that ran; `null` fields where there is no git. */
export interface SourceState {
  readonly commit: string | null
  readonly branch: string | null
  /** Uncommitted changes. */
  readonly dirty: boolean | null
  /** Commit at which the branch left the base branch; `null` on the base branch itself, and where it is not known. */
  readonly mergeBase: string | null
}

/** One metric of one run: a number with its 95 % interval, in the metric's own unit (us, 1/s, share). */
export interface RecordedMetric {
  readonly value: number
  readonly lower: number | null
  readonly upper: number | null
  /** Number of requests behind it. */
  readonly n: number
}

/**
 * What was under test, as far as known (`model`, `image`, `version`): recorded and shown beside the numbers, never part
 * of what must match for a comparison.
 */
export type Subject = Readonly<Record<string, string>>

export type RecordedMetrics = Readonly<Partial<Record<RecordedMetricId, RecordedMetric>>>

/**
 * One load of one run as history keeps it. `aborted` records come from journals of runs that did not end.
 * Only `passed` records of valid measurements may enter a baseline.
 */
export interface LoadRecord {
  readonly loadId: string
  readonly specId: SpecId
  readonly status: 'passed' | 'failed' | 'invalid' | 'aborted'
  readonly startedAt: string
  readonly fingerprint: Fingerprint
  /** Digest of profile, prompts and parameters, without the URL's authority. */
  readonly workloadHash: string
  readonly subject?: Subject
  readonly metrics: RecordedMetrics
  readonly outcomes: OutcomeCounts
  readonly expectations: readonly ExpectationRecord[]
  readonly findings: readonly ValidityFinding[]
  /** Which look at a load that was repeated in its job; absent for the first. Trends and comparisons take the first alone. */
  readonly look?: number
  /** `imported`: measured elsewhere and taken over as it was told. Such a record is shown and never judged by. */
  readonly origin: 'measured' | 'imported'
  /** The tree of stages, depth first, as the report shows it; empty where the target told none. */
  readonly stages: readonly RecordedStage[]
  /** What an imported record calls its version: `TF32 + ONNX`. */
  readonly label?: string
  /** Of an imported record: its values one by one, in the order in which they were taken. */
  readonly samples?: readonly RecordedSample[]
  /** Minute by minute, of a load that did not come to its end: a long one can still be judged for drift. */
  readonly course?: readonly MinutePoint[]
}

/** Mean of one stage in one run; its parts follow it, one deeper. */
export interface RecordedStage {
  /** Path of the stage, `clone/encode`; `total` for the latency itself, which is first. */
  readonly name: string
  /** 0 for the latency itself. */
  readonly depth: number
  readonly n: number
  readonly meanUs: number
}

/** One value of an imported record, in the unit of its metric. */
export interface RecordedSample {
  readonly metric: RecordedMetricId
  /** Values of one round were taken one after the other without a restart; `null` where nothing is said of rounds. */
  readonly round: string | null
  readonly value: number
}

/** A measured minute of a load. */
export interface MinutePoint {
  /** Minutes since the run's start. */
  readonly minute: number
  /** Good completions. */
  readonly n: number
  readonly failed: number
  /** Good completions per measured second. */
  readonly ratePerSecond: number
  /** Medians over the seconds of the minute of their percentiles; `null` without a good answer. */
  readonly latencyP50Us: number | null
  readonly latencyP99Us: number | null
}

/** One file of history: the loads of one run (and shard); written once, never edited. */
export interface RunRecord {
  readonly schema: 'perf/run@2'
  readonly runId: string
  readonly shard: { readonly index: number; readonly count: number }
  readonly startedAt: string
  readonly source: SourceState
  readonly toolVersion: string
  readonly loads: readonly LoadRecord[]
}

/** Name of the baseline of a project that names none. */
export const DEFAULT_BASELINE = 'default'

/** A committed reference for one spec in one environment. Provisional until it stands on five runs. */
export interface Baseline {
  readonly schema: 'perf/baseline@1'
  readonly name: string
  readonly specId: SpecId
  readonly fingerprint: Fingerprint
  readonly acceptedAt: string
  readonly reason: string | null
  /** Oldest first; at least one. */
  readonly runs: readonly BaselineRun[]
}

export interface BaselineRun {
  readonly runId: string
  readonly startedAt: string
  readonly commit: string | null
  readonly subject?: Subject
  readonly metrics: RecordedMetrics
}

/** One earlier load of a spec, as the trend and the comparison need it. */
export interface HistoryPoint {
  readonly runId: string
  readonly startedAt: string
  readonly commit: string | null
  readonly status: LoadRecord['status']
  readonly hardHash: string
  readonly subject?: Subject
  readonly metrics: RecordedMetrics
  /** `null` on a detached head and without git. */
  readonly branch: string | null
  readonly dirty: boolean | null
  readonly origin: LoadRecord['origin']
  readonly stages: readonly RecordedStage[]
  readonly label?: string
  readonly samples?: readonly RecordedSample[]
}

/** What is known of a spec before its load: sent to the spec with every reply. */
export interface Reference {
  /** The environment and workload of the load just measured. */
  readonly fingerprint: Fingerprint
  /** Baseline of the same spec, environment and workload. */
  readonly baseline: Baseline | null
  /** A baseline of the same spec in another environment, when there is none in this one: for the readable difference. */
  readonly otherBaseline: Baseline | null
  /** Baselines of other names, of this environment and workload where there is one, else the newest of another. */
  readonly named?: readonly Baseline[]
  /** Earlier loads of this spec, oldest first, at most 200, all environments. */
  readonly history: readonly HistoryPoint[]
  /** Shards of runs after the newest point that are not there and may have held the spec, one sentence each. @default none */
  readonly missingShards?: readonly string[]
  /** What `-u` and CI mean for baselines: `all` accepts, `new` writes only missing ones, `none` never writes. */
  readonly update: 'all' | 'new' | 'none'
  /** Problems met while reading the store, one sentence each. */
  readonly notes: readonly string[]
}
