import type { Comparison, MetricComparison } from '../domain/comparison.ts'
import type { RecordedMetrics } from '../domain/history.ts'
import type { Look } from '../domain/look.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import type { PairRun, PairSide } from '../domain/pairs.ts'
import type { ComparisonVerdict } from '../domain/verdict.ts'

/** The pairs and what they show, as plain data. */
export interface PairsData {
  readonly schema: 'perf/pairs@1'
  /** Test name and label. */
  readonly title: string
  readonly names: Readonly<Record<PairSide, string>>
  readonly pairs: readonly PairRun[]
  /** The load sets the rate: throughput can get worse, never better. */
  readonly fixedRate: boolean
  /** The last look at it under `onInconclusive: 'rerun'`; `undefined` where there was to be one only. */
  readonly look?: Look | undefined
  /** Of `b` against `a`. */
  readonly comparison: Comparison
}

/** One side of a comparison in pairs: what `toBeFasterThan` takes. */
export interface ComparedSide {
  readonly data: { readonly schema: 'perf/pair-side@1'; readonly side: PairSide; readonly pairs: PairsData }
  /** What was recorded in each of its loads, in the order of the pairs; excluded pairs are left out. */
  readonly runs: readonly RecordedMetrics[]
}

/** What `compare()` found: base `a` and candidate `b`, loaded in turn in one job. */
export class PairedComparison {
  readonly data: PairsData
  readonly a: ComparedSide
  readonly b: ComparedSide

  constructor(data: PairsData) {
    this.data = data
    this.a = sideOf(data, 'a')
    this.b = sideOf(data, 'b')
  }

  /** Of `b` against `a`, over all metrics that decide. */
  get verdict(): ComparisonVerdict {
    return this.data.comparison.verdict
  }

  /** What a metric shows; `null` for one that does not decide. */
  metric(id: RecordedMetricId): MetricComparison | null {
    return this.data.comparison.metrics.find(({ metric }) => metric === id) ?? null
  }
}

function sideOf(pairs: PairsData, side: PairSide): ComparedSide {
  return {
    data: { schema: 'perf/pair-side@1', side, pairs },
    runs: pairs.pairs.filter(({ excluded }) => excluded === null).map((pair) => pair[side]),
  }
}
