import { describe, expect, test } from 'vitest'
import { findingLines } from '../../../reporters/terminal/finding-view.ts'
import { loadFindings } from '../../../src/compare/findings/load-findings.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { FindingKind } from '../../../src/domain/finding.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import type { MeasurementData, SecondBucket } from '../../../src/domain/measurement.ts'
import type { ResourceMetricId, WatchedData } from '../../../src/domain/resource.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import {
  INVALID,
  measurementData,
  plan,
  reference,
  series,
  spread,
  step,
  TEN_PER_SECOND,
  TWENTY_USERS,
} from '../../support/measurement-builder.ts'
import { bucket } from '../../support/run-report.ts'
import { sampleTable, watched } from '../../support/watched.ts'

type Columns = { readonly [Id in ResourceMetricId]?: number | ((second: number) => number) }

const findings = (parts: Partial<MeasurementData>) => loadFindings({ data: measurementData(parts), implausible: null })
const kinds = (parts: Partial<MeasurementData>): FindingKind[] => findings(parts).map(({ kind }) => kind)

/** A minute of samples, one a second. */
const seen = (columns: Columns, parts: Partial<WatchedData> = {}): WatchedData =>
  watched({
    ...parts,
    samples: sampleTable(
      Object.fromEntries(
        (Object.entries(columns) as [ResourceMetricId, number | ((second: number) => number)][]).map(([id, value]) => [
          id,
          Array.from({ length: 60 }, (_, i) => (typeof value === 'function' ? value(i) : value)),
        ]),
      ),
    ),
  })
const gpu = (busy: number): WatchedData => seen({ gpuBusy: busy }, { kind: 'gpu', name: 'gpu 0', memoryBytes: 80e9 })

/** A minute of seconds with so many requests in work and waiting. */
const backlog = (of: (second: number) => number): SecondBucket[] =>
  Array.from({ length: 60 }, (_, second) =>
    bucket(second, { bytesReceived: 0, latencyP50Us: 50_000, latencyP99Us: 90_000, usersActive: of(second) }),
  )

const rising = backlog((second) => 5 + second)
const steady = backlog((second) => 5 + (second % 3))
/** 10/s asked, so many answered. */
const answered = (n: number) => {
  const whole = series({ latencies: spread(n, 50_000, 400_000) })
  return { series: whole, steps: [step(0, 10, whole)] }
}

test('nothing is found in a healthy load, nor in one of which nothing else is known', () => {
  expect(kinds({})).toEqual([])
  const host = seen({ cpuShare: 0.4, busiestCore: 0.6, memory: 8e9, cpuSteal: 0 })
  const process = seen({ cpuCores: (i) => 0.4 + (i % 5) / 10, rss: 15.9e9 }, { kind: 'process', name: 'llm' })
  const target = seen(
    { queueLength: (i) => i % 4, kvCacheShare: 0.4, preemptions: 0 },
    { kind: 'metrics', name: 'vllm' },
  )
  const full = seen({ gpuBusy: 0.7, gpuMemory: 79e9 }, { kind: 'gpu', name: 'gpu 0', memoryBytes: 80e9 })
  expect(kinds({ buckets: steady, watched: [host, process, target, full] })).toEqual([])
})

test('of an invalid measurement it is said that the generator was the limit, and nothing else', () => {
  const host = seen({ cpuShare: 0.99, busiestCore: 1 })
  const invalid = { validity: INVALID, watched: [host], buckets: rising, ...answered(300) }
  expect(findings(invalid)).toMatchObject([
    {
      kind: 'generator-limit',
      message:
        'the generator was the limit, not the target: pacer lag p99 14 ms is over 2 ms; the CPU of this machine was 99 % busy, 0 cores of it with generators',
    },
  ])
  const aborted = { cause: 'aborted', severity: 'invalid', message: 'it ended', advice: 'run it again' } as const
  expect(kinds({ ...invalid, validity: { state: 'invalid', findings: [aborted] } })).toEqual([])
})

describe('a queue that grew', () => {
  test('while the GPU was busy says that the target is bound by its compute', () => {
    expect(findings({ ...answered(400), buckets: rising, watched: [gpu(0.97)] })).toMatchObject([
      {
        kind: 'gpu-bound',
        message:
          'the GPU was 97 % busy while requests in flight and waiting rose from 14.5 to 54.5: the target is bound by its compute',
      },
    ])
    const told = seen({ queueLength: (i) => i }, { kind: 'metrics', name: 'vllm' })
    expect(kinds({ watched: [gpu(0.96), told] })).toEqual(['gpu-bound'])
  })

  test('without that says by how much less was answered than asked', () => {
    expect(findings({ ...answered(400), buckets: rising, watched: [gpu(0.5)] })).toMatchObject([
      {
        kind: 'backlog-grew',
        message: expect.stringMatching(/10\/s asked, 6\.67\/s answered, .* rose from 14\.5 to 54\.5/),
      },
    ])
  })

  test('is none where it stayed, where nearly all was answered, or where the spec killed the target meanwhile', () => {
    expect(kinds({ ...answered(400), buckets: steady, watched: [gpu(0.99)] })).toEqual([])
    expect(kinds({ ...answered(598), buckets: rising })).toEqual([])
    const kill = { kind: 'fault', name: 'SIGKILL', atUs: 30e6, errorUs: 1 } as const
    expect(kinds({ ...answered(400), buckets: rising, events: [kill] })).toEqual([])
    expect(kinds({ ...answered(400), buckets: backlog((second) => 5 + second / 7) })).toEqual([])
    expect(kinds({ buckets: rising, plan: plan({ profile: TWENTY_USERS }) })).toEqual([])
  })
})

describe('memory', () => {
  const container = (share: number, other: Columns = {}): WatchedData =>
    seen({ memory: share * 4e9, ...other }, { kind: 'container', name: 'asr', memoryBytes: 4e9 })

  test('at 85 % of the limit of a container is told, and at 84 % not', () => {
    expect(findings({ watched: [container(0.8543)] })).toMatchObject([
      { kind: 'memory-near-limit', message: 'memory of asr came to 3.42 GB, 85.4 % of its limit of 4 GB' },
    ])
    expect(kinds({ watched: [container(0.84)] })).toEqual([])
    expect(kinds({ watched: [seen({ memory: 15e9 })] })).toEqual([])
    expect(kinds({ watched: [seen({ memory: 15.5e9 })] })).toEqual(['memory-near-limit'])
  })

  test('that ran out comes first', () => {
    const killed = container(0.99, { oomKills: (second) => (second > 40 ? 2 : 0) })
    expect(kinds({ watched: [killed] })).toEqual(['out-of-memory', 'memory-near-limit'])
    expect(kinds({ watched: [container(0.5, { oomKills: 0 })] })).toEqual([])
    expect(kinds({ watched: [container(0.5)] })).toEqual([])
  })

  test('of a full KV cache is a finding with preemptions only', () => {
    const cache = (kvCacheShare: number, preemptions: number): WatchedData =>
      seen({ kvCacheShare, preemptions }, { kind: 'metrics', name: 'vllm' })
    expect(findings({ watched: [cache(0.99, 0.5)] })).toMatchObject([
      {
        kind: 'kv-cache-full',
        message: expect.stringContaining('99 % full in the median and 0.5/s requests were preempted'),
      },
    ])
    expect(kinds({ watched: [cache(0.99, 0)] })).toEqual([])
    expect(kinds({ watched: [cache(0.9, 0.5)] })).toEqual([])
    expect(kinds({ watched: [seen({ kvCacheShare: 0.99 }, { kind: 'metrics', name: 'tgi' })] })).toEqual([])
  })
})

describe('processors', () => {
  const whole = series({
    latencies: spread(600, 400_000, 900_000),
    distributions: { serviceTime: spread(600, 400_000, 900_000) },
  })
  const load = { series: whole, steps: [step(0, 10, whole)] }
  const host = (cpuShare: number, busiestCore: number): WatchedData => seen({ cpuShare, busiestCore })
  const process = (cores: (second: number) => number): WatchedData =>
    seen({ cpuCores: cores }, { kind: 'process', name: 'llm' })

  test('one core at its limit, with a GPU that waits for it', () => {
    const one = process((second) => 0.97 + (second % 3) / 100)
    expect(findings({ ...load, watched: [host(0.35, 0.99), one, gpu(0.23)] })).toMatchObject([
      {
        kind: 'one-core',
        message: expect.stringMatching(
          /^llm used 0\.98 cores throughout, of 4 while the GPU was 23 % busy: one thread is its limit/,
        ),
      },
    ])
    // A core's worth of work that is spread, that varies, that nobody waits for, or beside which nothing is known.
    expect(kinds({ ...load, watched: [host(0.35, 0.4), one] })).toEqual([])
    expect(kinds({ ...load, watched: [host(0.35, 0.99), process((second) => 0.7 + (second % 7) / 10)] })).toEqual([])
    expect(kinds({ watched: [host(0.35, 0.99), one] })).toEqual([])
    expect(kinds({ ...load, watched: [one] })).toEqual([])
  })

  test('all cores of the machine busy throughout, and not for most of the time only', () => {
    expect(findings({ watched: [host(0.99, 1), process(() => 3.2)] })).toMatchObject([
      {
        kind: 'cpu-saturated',
        message: expect.stringContaining('99 % busy throughout (cores: llm 3.2, generators 0)'),
      },
    ])
    expect(kinds({ watched: [seen({ cpuShare: (second) => (second % 5 === 0 ? 0.8 : 1), busiestCore: 1 })] })).toEqual(
      [],
    )
  })
})

describe('steps', () => {
  const users = (
    counts: readonly number[],
    qps: readonly number[],
    p50Us: readonly number[],
  ): Partial<MeasurementData> => ({
    steps: counts.map((count, i) =>
      step(i, null, series({ latencies: spread(qps[i]! * 60, p50Us[i]! * 0.8, p50Us[i]! * 1.2) }), count),
    ),
  })

  test('that bring no more answers lie past the knee', () => {
    expect(findings(users([50, 100, 200], [25, 50, 51], [1.9e6, 1.95e6, 3.8e6]))).toMatchObject([
      {
        kind: 'past-the-knee',
        message:
          'from 100 users to 200 users throughput went from 50/s to 51/s and the median latency from 1.95 s to 3.8 s: the knee lies below step 3',
      },
    ])
  })

  test('that scale, that slow down a little, that are of one level, or too few requests to say are none', () => {
    expect(kinds(users([50, 100], [25, 50], [1.9e6, 1.9e6]))).toEqual([])
    expect(kinds(users([50, 100], [25, 40], [1.9e6, 2.6e6]))).toEqual([])
    expect(kinds(users([100, 110], [50, 50], [1.9e6, 3.8e6]))).toEqual([])
    expect(kinds(users([10, 20], [0.5, 0.5], [1.9e6, 3.8e6]))).toEqual([])
  })
})

describe('latency that is waiting', () => {
  const latencies = spread(200, 400_000, 600_000)
  const staged = (name: string, waits: readonly number[]): Partial<MeasurementData> => ({
    series: series({ latencies, distributions: { [`stage:${name}`]: waits } }),
  })

  test('in a stage of the target', () => {
    expect(findings(staged('queue', spread(200, 300_000, 400_000)))).toMatchObject([
      {
        kind: 'waits-in-queue',
        message: expect.stringMatching(/^70 % of the latency is waiting in the target \(queue 350 ms of 500 ms/),
      },
    ])
    expect(kinds(staged('queue_time', spread(200, 300_000, 400_000)))).toEqual(['waits-in-queue'])
    expect(kinds(staged('decode', spread(200, 300_000, 400_000)))).toEqual([])
    expect(kinds(staged('queue', spread(200, 100_000, 200_000)))).toEqual([])
    expect(kinds(staged('queue', spread(20, 300_000, 400_000)))).toEqual([])
    expect(
      kinds({
        series: series({
          latencies: spread(200, 8000, 10_000),
          distributions: { 'stage:queue': spread(200, 7000, 8000) },
        }),
      }),
    ).toEqual([])
  })

  test('for one of the users of the load', () => {
    const waits = { series: series({ latencies, distributions: { queueWait: spread(200, 350_000, 450_000) } }) }
    const profile = { ...TEN_PER_SECOND, maxUsers: 4 } as LoadPlan['profile']
    const queued = backlog(() => 4).map((second) => ({ ...second, queued: 9 }))
    expect(findings({ ...waits, plan: plan({ profile }), buckets: queued })).toMatchObject([
      { kind: 'waits-in-queue', message: expect.stringMatching(/^80 % of the latency is waiting for one of 4 users/) },
    ])
    expect(kinds({ ...waits, plan: plan({ profile }), buckets: steady })).toEqual([])
  })
})

describe('a slow start', () => {
  const cold = plan({ warmup: { kind: 'duration', durationUs: 0 } })
  const latencies = [15_130_000, ...spread(14, 4_050_000, 4_150_000)]

  test('is told where the first request alone was slow and counts', () => {
    expect(findings({ plan: cold, firstLatencyUs: 15_130_000, series: series({ latencies }) })).toMatchObject([
      {
        kind: 'start-outlier',
        message: expect.stringMatching(/^the first request took 15\.1 s, all 14 others at most 4\.15 s/),
      },
    ])
  })

  test('is none where another request was slow, where more were, or where a warm-up held it', () => {
    expect(kinds({ plan: cold, firstLatencyUs: 4_100_000, series: series({ latencies }) })).toEqual([])
    expect(
      kinds({ plan: cold, firstLatencyUs: 15_130_000, series: series({ latencies: [9e6, ...latencies] }) }),
    ).toEqual([])
    expect(kinds({ firstLatencyUs: 15_130_000, series: series({ latencies }) })).toEqual([])
    expect(
      kinds({ plan: cold, firstLatencyUs: 8e3, series: series({ latencies: [8e3, ...spread(14, 3e3, 3.5e3)] }) }),
    ).toEqual([])
  })
})

describe('caches', () => {
  const cached = (hits: readonly number[], latencies: readonly number[]): Partial<MeasurementData> => ({
    series: series({ latencies, distributions: { 'counter:cacheHit': hits.map((hit) => hit * 1000) } }),
  })
  const flags = [...spread(30, 1, 1), ...spread(70, 0, 0)]

  test('whose misses cost are told with what hits and misses took', () => {
    expect(findings(cached(flags, [...spread(30, 5000, 6000), ...spread(70, 450_000, 550_000)]))).toMatchObject([
      {
        kind: 'cache-misses',
        message: expect.stringMatching(
          /^70 % of 100 answers missed the cache \(cacheHit\) and took about 499 ms, as against 5\.48 ms/,
        ),
      },
    ])
  })

  test('are no finding where misses cost nothing, where nothing hits, or where the latencies part elsewhere', () => {
    expect(kinds(cached(flags, spread(100, 50_000, 80_000)))).toEqual([])
    expect(kinds(cached(spread(100, 0, 0), spread(100, 450_000, 550_000)))).toEqual([])
    expect(kinds(cached(flags, [...spread(60, 5000, 6000), ...spread(40, 450_000, 550_000)]))).toEqual([])
  })
})

test('a fallback is suspected of tones, and of a latency that nothing comparable had', () => {
  const tone = { request: 'tts', kind: 'check', detail: 'notTone', message: 'a pure tone', count: 40 } as const
  expect(kinds({ errors: [tone] })).toEqual(['fallback'])
  expect(kinds({ errors: [{ ...tone, count: 4 }] })).toEqual([])
  const implausible = { latencyUs: 9200, usualUs: 4.8e6, runs: 3 }
  expect(loadFindings({ data: measurementData(), implausible })).toMatchObject([{ kind: 'fallback' }])
})

test('the report prints the five best supported, in order and within the screen; all are in the summary', () => {
  const tone = { request: 'tts', kind: 'check', detail: 'notTone', message: 'a pure tone', count: 400 } as const
  const busy = seen({ cpuShare: 0.99, busiestCore: 1, memory: 15.9e9 })
  const cache = seen({ kvCacheShare: 1, preemptions: 2 }, { kind: 'metrics', name: 'vllm' })
  const slow = plan({ warmup: { kind: 'duration', durationUs: 0 } })
  const whole = series({
    latencies: [30e6, ...spread(400, 50_000, 400_000)],
    distributions: { 'stage:queue': spread(401, 290_000, 310_000) },
  })
  const data = measurementData({
    plan: slow,
    firstLatencyUs: 30e6,
    series: whole,
    steps: [step(0, 10, whole)],
    buckets: rising,
    watched: [busy, cache],
    errors: [tone],
  })
  const summary = loadSummary(data, reference(), [])
  expect(summary.findings.length).toBeGreaterThan(5)
  expect(summary.findings.map(({ evidence }) => evidence)).toEqual(
    summary.findings.map(({ evidence }) => evidence).toSorted((a, b) => b - a),
  )
  const lines = findingLines(summary, { columns: 60, style: PLAIN_STYLE })
  expect(lines[0]).toBe('  findings')
  expect(lines.filter((line) => /^ {2}\d\. /.test(line))).toHaveLength(5)
  expect(lines.at(-1)).toMatch(/more (?:is|are) only in JSON$/)
  expect(lines.every((line) => displayWidth(line) <= 60)).toBe(true)
})
