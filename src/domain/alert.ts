import { type ResourceMetricId, resourceMetric, type WatchedResource } from './resource.ts'

/** When a running load says aloud that something is wrong, and marks it in its measurement. */
export type AlertRule = ResourceAlertRule | ErrorRateAlertRule | PercentileAlertRule

interface AlertSpanRule {
  /** As its option is written: `{ cpu: '> 90%', for: '10s' }`. Tells the rules of a load apart. */
  readonly text: string
  /** How long it must hold before it begins, and must not hold before it ends, microseconds. */
  readonly heldUs: number
  /** Whether the warm-up counts. */
  readonly inWarmup: boolean
  /** Whether the load ends when it begins. */
  readonly abort: boolean
}

/** A number of what is watched beside the load. */
export interface ResourceAlertRule extends AlertSpanRule {
  readonly kind: 'resource'
  /** Name or kind of the watched resource; `null` for each that tells the metric. */
  readonly of: string | null
  /** As the option names it: an id, or a short name that stands for several. */
  readonly name: string
  /** The first of these that is told counts. */
  readonly limits: readonly ResourceLimit[]
  readonly side: AlertSide
}

/** `above`: the limit is exceeded. `below`: the value is under it. */
export type AlertSide = 'above' | 'below'

/** A limit of one metric, in the form in which it was given. */
export interface ResourceLimit {
  readonly metric: ResourceMetricId
  readonly value: number
  /** `own`: in the metric's unit. `share`: of a core, of all cores, of the memory. `cores`: a number of cores. */
  readonly form: 'own' | 'share' | 'cores'
}

/** Failed, dropped and missed requests are over this share of all. Judged on whole seconds. */
export interface ErrorRateAlertRule extends AlertSpanRule {
  readonly kind: 'error-rate'
  readonly limit: number
}

/** A percentile of the latency is at or over the limit; requests without a good answer rank as +infinity. */
export interface PercentileAlertRule extends AlertSpanRule {
  readonly kind: 'percentile'
  /** Over 0, under 100. */
  readonly percent: number
  readonly limitUs: number
}

/** What an alert is about: a number of a watched resource, or of the load itself. */
export type AlertMetric = ResourceMetricId | 'errorRate' | `p${number}`

/** A time in which an alert was on. Values are in the metric's unit, percentiles in microseconds. */
export interface AlertSpan {
  /** Name of the watched resource; `null` for a number of the load itself. */
  readonly watched: string | null
  readonly metric: AlertMetric
  readonly limit: number
  readonly side: AlertSide
  /** When the limit was broken first and last, microseconds since the run's start. */
  readonly fromUs: number
  readonly toUs: number
  /** False where it was still on when the load ended. */
  readonly ended: boolean
  /** The farthest value beyond the limit; `null` for a percentile that no good answer came to. */
  readonly peak: number | null
}

/** What has come of a rule just now. `unwatched`: nothing that is watched tells its metric. */
export type AlertChange = { readonly rule: AlertRule } & (SpanChange | { readonly kind: 'unwatched' })

/** A span that has just begun or ended. */
export interface SpanChange {
  readonly kind: 'began' | 'ended'
  readonly span: AlertSpan
}

/** What came of one rule. */
export interface AlertRecord {
  /** The rule as its option is written. */
  readonly rule: string
  /** False where nothing that was watched told its metric: then that there are no spans means nothing. */
  readonly isWatched: boolean
  /** In the order in which they began, the first {@link MOST_ALERT_SPANS}. */
  readonly spans: readonly AlertSpan[]
  /** Further ones that were not kept. */
  readonly more: number
}

/** Spans of one rule that are kept: a soak must not fill memory with an alert that flutters. */
export const MOST_ALERT_SPANS = 200

/** The limit in the metric's unit; `null` where it is a share of something whose size is not known. */
export function limitFor(
  { metric, value, form }: ResourceLimit,
  { kind, cores, memoryBytes }: Pick<WatchedResource, 'kind' | 'cores' | 'memoryBytes'>,
): number | null {
  const { unit } = resourceMetric(metric)
  // What a process holds of a GPU is no share of the machine's memory.
  const all = metric === 'gpuMemory' && kind !== 'gpu' ? null : memoryBytes
  if (form === 'share' && unit === 'bytes') return all === null ? null : value * all
  if (form === 'cores' && unit === 'share') return cores === null ? null : value / cores
  return value
}
