import { ulid } from 'ulid'
import type { LoadRecord, RecordedMetric, RecordedSample, RecordedStage, RunRecord } from '../domain/history.ts'
import { NO_OUTCOMES } from '../domain/measurement.ts'
import type { RecordedMetricId } from '../domain/metric.ts'
import { specIdFrom } from '../domain/spec-id.ts'
import { digest } from './digest.ts'
import { UNKNOWN_SOURCE } from './source-state.ts'

/** One value that was measured elsewhere, in the unit of its metric. */
export interface ImportedValue {
  /** `file > suite > test`, or any name. */
  readonly spec: string
  /** What its version is called. */
  readonly label: string
  readonly commit: string | null
  readonly metric: RecordedMetricId
  /** Path of a stage whose mean in microseconds this is; `null` for the metric itself. */
  readonly stage: string | null
  /** Values of one round were taken one after the other. */
  readonly round: string | null
  /** ISO 8601. */
  readonly date: string | null
  readonly value: number
}

/** No measured load has this environment: what was told of another machine is never a reference. */
const ELSEWHERE = { hard: { measured: 'elsewhere' }, soft: {}, hardHash: 'imported' } as const

/**
 * Values as runs of history, one for each version in the order of the file. A value without a round is what its version
 * came to, when the others have rounds; else the median of its values is.
 * @param now of versions without a date: a millisecond apart, so that they stay in order
 */
export function importedRuns(values: readonly ImportedValue[], now: number, toolVersion: string): readonly RunRecord[] {
  const versions = new Map<string, ImportedValue[]>()
  for (const value of values) {
    const key = JSON.stringify([value.spec, value.label, value.commit])
    versions.set(key, [...(versions.get(key) ?? []), value])
  }
  return Array.from(versions.values(), (rows, i): RunRecord => {
    const { spec, label, commit, date } = rows[0]!
    const startedAt = date ?? new Date(now + i).toISOString()
    const samples = rows
      .filter(({ stage }) => stage === null)
      .map(({ metric, round, value }): RecordedSample => ({ metric, round, value }))
    const metrics = Object.fromEntries(
      [...new Set(samples.map(({ metric }) => metric))].map((metric) => [metric, metricOf(samples, metric)]),
    )
    const load: LoadRecord = {
      loadId: `import-${digest(JSON.stringify(rows), 16)}`,
      specId: specIdFrom(spec),
      status: 'passed',
      startedAt,
      fingerprint: ELSEWHERE,
      workloadHash: 'imported',
      metrics,
      outcomes: NO_OUTCOMES,
      expectations: [],
      findings: [],
      origin: 'imported',
      stages: stagesOf(rows, metrics['latency.p50'] ?? null),
      label,
      ...(repeated(samples).length === 0 ? {} : { samples: repeated(samples) }),
    }
    return {
      schema: 'perf/run@2',
      runId: ulid(Date.parse(startedAt)),
      shard: { index: 1, count: 1 },
      startedAt,
      source: { ...UNKNOWN_SOURCE, commit },
      toolVersion,
      loads: [load],
    }
  })
}

/** The values that are one of several of their metric; a total beside rounds is not one of them. */
function repeated(samples: readonly RecordedSample[]): RecordedSample[] {
  return samples.filter(({ metric, round }) => {
    const of = samples.filter((sample) => sample.metric === metric)
    return of.length > 1 && (round !== null || statedOf(of) === null)
  })
}

function statedOf(of: readonly RecordedSample[]): number | null {
  const [stated, ...more] = of.filter(({ round }) => round === null)
  return stated !== undefined && more.length === 0 && of.length > 1 ? stated.value : null
}

function metricOf(samples: readonly RecordedSample[], metric: RecordedMetricId): RecordedMetric {
  const of = samples.filter((sample) => sample.metric === metric)
  return { value: statedOf(of) ?? medianOf(of.map(({ value }) => value)), lower: null, upper: null, n: of.length }
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1]!, sorted[sorted.length >> 1]!]
  return (low + high) / 2
}

function stagesOf(rows: readonly ImportedValue[], latency: RecordedMetric | null): readonly RecordedStage[] {
  const stages = rows.flatMap(({ stage, value }): RecordedStage[] =>
    stage === null ? [] : [{ name: stage, depth: stage.split('/').length, n: 1, meanUs: value }],
  )
  if (stages.length === 0 || latency === null) return []
  return [{ name: 'total', depth: 0, n: latency.n, meanUs: latency.value }, ...stages]
}
