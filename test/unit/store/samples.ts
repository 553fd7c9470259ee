import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Distribution } from '../../../src/domain/distribution.ts'
import type { Baseline, Fingerprint, LoadRecord, RunRecord } from '../../../src/domain/history.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { NOTHING_WATCHED } from '../../../src/domain/monitor-plan.ts'
import { NO_OUTCOMES } from '../../../src/domain/measurement.ts'
import type { ModelScenarioPlan } from '../../../src/domain/scenario.ts'
import { PLAIN_TRANSPORT } from '../../../src/domain/transport-plan.ts'
import type { SpecId } from '../../../src/domain/spec-id.ts'
import type { GeneratorDelta } from '../../../src/pool/protocol.ts'
import type { Environment } from '../../../src/store/environment.ts'

/** A directory that goes away with the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'perf-store-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

export const SPEC: SpecId = { file: 'chat.perf.ts', path: ['gateway', 'holds 10 qps'], label: '' }

export const ENVIRONMENT: Environment = {
  hard: { cpuModel: 'Test CPU', logicalCores: 2, cpuQuota: null, gpuModel: null, node: 20, os: 'linux', arch: 'x64' },
  soft: { kernel: '6.1', memoryGiB: 8 },
}

export const FINGERPRINT: Fingerprint = { ...ENVIRONMENT, hardHash: 'env1' }

export const CHAT: ModelScenarioPlan = {
  kind: 'model',
  dialect: 'openai.chat',
  stream: true,
  allowEmpty: false,
  name: 'chat',
  method: 'POST',
  url: 'http://127.0.0.1:41234/v1/chat/completions',
  headers: { 'content-type': 'application/json', Authorization: 'Bearer sk-verysecret' },
  body: '{"model":"qwen3-0.6b","max_tokens":128,"messages":[{"role":"user","content":"{{prompt}}"}]}',
  templated: true,
  data: [{ prompt: 'Hello' }, { prompt: 'Explain KV cache' }],
  timeout: { connectUs: 1e6, headersUs: 1e6, chunkUs: 1e6, totalUs: 1e7 },
  maxRedirects: 0,
  expectStatus: null,
  check: null,
  transport: PLAIN_TRANSPORT,
}

export const PLAN: LoadPlan = {
  id: '01JLOAD',
  label: '',
  scenario: CHAT,
  profile: {
    executor: 'constant-arrival-rate',
    steps: [{ ratePerSecond: 10, durationUs: 60e6, rampUs: 0 }],
    arrivals: 'poisson',
    maxUsers: 1000,
    maxQueue: null,
  },
  warmup: { kind: 'duration', durationUs: 5e6 },
  cooldownUs: 0,
  gracefulStopUs: 30e6,
  generators: 1,
  seed: 1,
  slo: null,
  abortOn: [],
  alerts: [],
  onLostGenerator: 'invalid',
  monitors: NOTHING_WATCHED,
  onInvalid: 'fail',
  onInconclusive: 'warn',
}

/** A load of history. */
export function loadRecord(changes: Partial<LoadRecord> = {}): LoadRecord {
  return {
    loadId: '01JLOAD',
    specId: SPEC,
    status: 'passed',
    startedAt: '2026-03-01T10:00:00.000Z',
    fingerprint: FINGERPRINT,
    workloadHash: 'w1',
    metrics: { 'latency.p50': { value: 80_000, lower: 79_000, upper: 81_000, n: 600 } },
    outcomes: { ...NO_OUTCOMES, attempted: 600, good: 600 },
    expectations: [],
    findings: [],
    origin: 'measured',
    stages: [],
    ...changes,
  }
}

/** A run with one load. */
export function runRecord(runId: string, startedAt: string, load: Partial<LoadRecord> = {}): RunRecord {
  return {
    schema: 'perf/run@2',
    runId,
    shard: { index: 1, count: 1 },
    startedAt,
    source: { commit: 'c0ffee', branch: 'main', dirty: false, mergeBase: null },
    toolVersion: '0.1.0',
    loads: [loadRecord({ startedAt, ...load })],
  }
}

export function baselineRecord(changes: Partial<Baseline> = {}): Baseline {
  return {
    schema: 'perf/baseline@1',
    name: 'default',
    specId: SPEC,
    fingerprint: FINGERPRINT,
    acceptedAt: '2026-03-01T10:00:00.000Z',
    reason: null,
    runs: [{ runId: '01JRUN', startedAt: '2026-03-01T10:00:00.000Z', commit: 'c0ffee', metrics: loadRecord().metrics }],
    ...changes,
  }
}

/** All values of a list, one bucket each. */
export function distributionOf(values: readonly number[]): Distribution {
  const ascending = [...values].sort((a, b) => a - b)
  return {
    values: ascending,
    counts: ascending.map(() => 1),
    n: values.length,
    min: ascending[0] ?? 0,
    max: ascending.at(-1) ?? 0,
    sum: values.reduce((total, value) => total + value, 0),
    sumOfSquares: values.reduce((total, value) => total + value * value, 0),
  }
}

/** What a generator reports after a second of the window in which every request was good. */
export function delta(
  second: number,
  latenciesUs: readonly number[],
  changes: Partial<GeneratorDelta> = {},
): GeneratorDelta {
  const n = latenciesUs.length
  return {
    kind: 'delta',
    index: 0,
    seq: second,
    atUs: (second + 1) * 1e6,
    final: false,
    series: [
      {
        window: 0,
        request: 'chat',
        level: 'iteration',
        outcomes: { ...NO_OUTCOMES, attempted: n, good: n },
        distributions: n === 0 ? {} : { latency: distributionOf(latenciesUs) },
        tokenSources: [],
      },
    ],
    buckets: [
      {
        second,
        window: 0,
        request: 'chat',
        level: 'iteration',
        sent: n,
        completed: n,
        failed: 0,
        completedWithinSlo: 0,
        outputTokens: n * 5,
        outputTokensWithinSlo: 0,
        inputTokens: 0,
        inputChars: 0,
        audioUs: 0,
        bytesReceived: 0,
        attempted: n,
        good: n,
        withinSlo: 0,
        unsent: 0,
        latency: null,
      },
    ],
    usersActive: 1,
    queued: 0,
    inFlight: 0,
    cpuShare: 0,
    loopDelay: null,
    rssBytes: 0,
    clockOffsetUs: 0,
    errors: [],
    checks: [],
    paced: [],
    firstGoodLatencyUs: null,
    windows: [{ window: 0, startUs: 0, endUs: null }],
    ...changes,
  }
}
