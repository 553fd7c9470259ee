import { loadSummary } from '../../src/compare/load-summary.ts'
import type { HistoryPoint } from '../../src/domain/history.ts'
import type { MeasurementData, SecondBucket } from '../../src/domain/measurement.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import type { ExpectationRecord } from '../../src/domain/verdict.ts'
import type { RunReport, SpecResult } from '../../reporters/spec-result.ts'
import { measurementData, reference, series, spread, step } from './measurement-builder.ts'
import { sampleTable, watched } from './watched.ts'

/** Builders of finished runs for the tests of reports. */

/** A second of ten good answers. */
export function bucket(second: number, parts: Partial<SecondBucket> = {}): SecondBucket {
  return {
    second,
    phase: 'measure',
    sent: 10,
    completed: 10,
    failed: 0,
    outputTokens: 0,
    bytesReceived: 1000,
    latencyP50Us: 80_000,
    latencyP99Us: 110_000,
    usersActive: 2,
    queued: 0,
    attempted: 10,
    good: 10,
    withinSlo: null,
    unsent: 0,
    ...parts,
  }
}

export const PASSED: ExpectationRecord = {
  matcher: 'toHaveP99Below',
  claim: 'p99 latency below 1.5 s',
  verdict: 'pass',
  measured: '110 ms [108 ms, 110 ms], n = 600',
  negated: false,
  distance: '1.39 s (92.7 %) under',
}

/** A load of a minute with everything that a report can draw. */
export function fullLoad(
  parts: Partial<MeasurementData> = {},
  claims: readonly ExpectationRecord[] = [PASSED],
): LoadSummary {
  const whole = series({
    outcomes: { failedByKind: { timeout: 3 } },
    outputTokens: 9000,
    distributions: {
      ttft: spread(600, 4_000, 40_000),
      tpot: spread(600, 300, 1_500),
      'stage:queue': spread(600, 5_000, 9_000),
      'stage:decode': spread(600, 30_000, 80_000),
      'stage:(rest)': spread(600, 15_000, 21_000),
    },
  })
  const wave = Array.from({ length: 60 }, (_, i) => Math.sin(i / 6))
  const data = measurementData({
    series: whole,
    steps: [{ ...step(0, 10, whole), startUs: 5e6, endUs: 65e6 }],
    buckets: Array.from({ length: 66 }, (_, second) =>
      bucket(second, {
        phase: second < 5 ? 'warmup' : 'measure',
        latencyP50Us: 80_000 + Math.round(9_000 * Math.sin(second / 5)),
        latencyP99Us: 110_000 + Math.round(20_000 * Math.abs(Math.sin(second / 9))),
        outputTokens: 150,
        failed: second === 33 ? 3 : 0,
      }),
    ),
    watched: [
      watched({
        samples: sampleTable({
          cpuShare: wave.map((value) => 0.5 + value / 4),
          memory: wave.map((value) => 4e9 + value * 1e8),
        }),
      }),
    ],
    events: [{ kind: 'mark', name: 'cache flushed', atUs: 25e6, errorUs: null }],
    tokenSource: 'usage',
    errors: [{ request: 'chat', kind: 'timeout', detail: 'total', message: 'no answer within 1 s', count: 3 }],
    ...parts,
  })
  const point = (runId: string, value: number): HistoryPoint => ({
    runId,
    startedAt: '2025-11-20T02:52:00.000Z',
    commit: `${runId}abcdef0`,
    status: 'passed',
    hardHash: 'abc',
    branch: null,
    dirty: false,
    origin: 'measured',
    stages: [],
    metrics: { 'latency.p50': { value, lower: value * 0.97, upper: value * 1.03, n: 600 } },
  })
  return loadSummary(
    data,
    reference({ history: [point('a', 240_000), point('b', 170_000), point('c', 120_000)] }),
    claims,
  )
}

export function specResult(parts: Partial<SpecResult> = {}): SpecResult {
  return {
    file: '/project/chat.perf.ts',
    name: 'gateway > holds 10 qps',
    state: 'passed',
    errors: [],
    line: 7,
    durationMs: 66_000,
    searches: [],
    ...parts,
    loads: parts.loads ?? [fullLoad()],
  }
}

export function runReport(results: readonly SpecResult[] = [specResult()], parts: Partial<RunReport> = {}): RunReport {
  return {
    project: 'gateway',
    endedAt: '2025-11-22T02:53:06.000Z',
    interrupted: false,
    results,
    commonMode: null,
    notes: [],
    toolVersion: '0.1.0',
    ...parts,
  }
}
