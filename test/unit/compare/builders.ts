import type {
  Baseline,
  Fingerprint,
  HistoryPoint,
  RecordedMetric,
  RecordedMetrics,
  Reference,
} from '../../../src/domain/history.ts'
import type { RecordedMetricId } from '../../../src/domain/metric.ts'

/** A recorded value with a 95 % interval of this relative half width; `null` for none. */
export function recorded(value: number, half: number | null = 0.02, n: number = 1000): RecordedMetric {
  return half === null
    ? { value, lower: null, upper: null, n }
    : { value, lower: value / (1 + half), upper: value * (1 + half), n }
}

/** The usual metrics of a load with this median latency in microseconds. */
export function metricsAt(
  p50: number,
  overrides: Partial<Record<RecordedMetricId, RecordedMetric>> = {},
): RecordedMetrics {
  return {
    'latency.p50': recorded(p50),
    'latency.p90': recorded(p50 * 2),
    'latency.p99': recorded(p50 * 3, 0.05),
    qps: recorded(50),
    errorRate: { value: 0, lower: 0, upper: 0.004, n: 1000 },
    ...overrides,
  }
}

export function fingerprint(hardHash: string = 'here', overrides: Partial<Fingerprint> = {}): Fingerprint {
  return { hard: { cpu: 'A', cores: 2 }, soft: { kernel: '6.1' }, hardHash, ...overrides }
}

/** The k-th run, a minute after the one before. */
export function point(k: number, metrics: RecordedMetrics, overrides: Partial<HistoryPoint> = {}): HistoryPoint {
  return {
    runId: `run-${k}`,
    startedAt: `2026-01-01T00:${String(k).padStart(2, '0')}:00.000Z`,
    commit: null,
    status: 'passed',
    hardHash: 'here',
    metrics,
    branch: null,
    dirty: null,
    origin: 'measured',
    stages: [],
    ...overrides,
  }
}

export function baseline(points: readonly HistoryPoint[], overrides: Partial<Baseline> = {}): Baseline {
  return {
    schema: 'perf/baseline@1',
    name: 'default',
    specId: { file: 'a.perf.ts', path: ['holds'], label: '' },
    fingerprint: fingerprint(),
    acceptedAt: new Date(Date.parse(points.at(-1)!.startedAt) + 30_000).toISOString(),
    reason: null,
    runs: points.map(({ runId, startedAt, commit, metrics }) => ({ runId, startedAt, commit, metrics })),
    ...overrides,
  }
}

export function reference(overrides: Partial<Reference> = {}): Reference {
  return {
    fingerprint: fingerprint(),
    baseline: null,
    otherBaseline: null,
    history: [],
    update: 'new',
    notes: [],
    ...overrides,
  }
}
