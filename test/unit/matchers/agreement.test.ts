import { expect, test } from 'vitest'
import type { Labels } from '../../../src/domain/metric-selector.ts'
import type { TargetTotals } from '../../../src/domain/target-totals.ts'
import { prometheus, statsd } from '../../../src/plan/server-metrics-options.ts'
import { distributionOf, measured, series, spread } from '../../support/measurement-builder.ts'
import { watched } from '../../support/watched.ts'
import '../../../src/matchers/register.ts'

const LATENCIES = spread(2000, 50_000, 110_000)

const nothing: TargetTotals = {
  source: 'statsd',
  fromUs: -50_000,
  toUs: 70e6,
  counters: [],
  buckets: [],
  values: [],
  gaps: [],
  doubts: [],
}
const counter = (name: string, grown: number, labels: Labels = {}): TargetTotals['counters'][number] => ({
  name,
  labels,
  grown,
})
const timer = (values: readonly number[], name = 'request.latency'): TargetTotals['values'][number] => ({
  name,
  labels: {},
  distribution: distributionOf(values),
})
const inMs = (us: readonly number[], less = 0.5): number[] => us.map((value) => value / 1e3 - less)

/** A server that tells the truth, but for what is given. */
const honest: TargetTotals = {
  ...nothing,
  counters: [counter('requests.total', 2000), counter('out.a', 15_000), counter('out.b', 5000)],
  values: [timer(inMs(LATENCIES))],
}
const mapping = statsd({ requests: 'requests.total', tokens: 'out.*', latency: 'request.latency' })

function loadWith(
  totals: Partial<TargetTotals>,
  parts: Parameters<typeof series>[0] = {},
): ReturnType<typeof measured> {
  const whole = series({
    latencies: LATENCIES,
    distributions: { outputTokens: LATENCIES.map(() => 10) },
    ...parts,
  })
  const all = watched({ kind: 'metrics', name: 'statsd', totals: { ...honest, ...totals } })
  // The window is but a part of the load: it has other numbers.
  return measured({ watched: [all], whole: { all: whole, requests: {} }, tokenSource: 'usage' })
}

test('an honest server agrees in everything, in a line each', () => {
  const { run, records } = loadWith({})
  expect(run).toAgreeWith(mapping)
  expect(records[0]).toMatchObject({
    claim: 'client and statsd agree',
    verdict: 'pass',
    measured: 'agree over the whole load: requests, output tokens, mean latency, p50 latency, p95 latency, p99 latency',
  })
  expect(() => expect(run).not.toAgreeWith(mapping)).toThrow('expected client and statsd disagree')
})

test.each<[string, Partial<TargetTotals>, RegExp]>([
  [
    'one request in two thousand',
    { counters: [counter('requests.total', 1999), counter('out.a', 20_000)] },
    /1 of 6 disagree: requests\n.*requests: client 2,000, server 1,999: DISAGREE, 1 apart, −0\.\d+ %/s,
  ],
  [
    'two percent of the tokens',
    { counters: [counter('requests.total', 2000), counter('out.a', 20_400)] },
    /1 of 6 disagree: output tokens\n.*output tokens: client 20,000, server 20,400: DISAGREE, 400 apart, \+2 %/s,
  ],
  [
    'latencies by half',
    { values: [timer(inMs(LATENCIES).map((ms) => ms / 2))] },
    /4 of 6 disagree: mean latency, p50 latency, p95 latency, p99 latency\n.*p95 latency: client 106 ms, server 53 ms.*: DISAGREE/s,
  ],
  [
    'the tail of the latencies',
    { values: [timer(inMs(LATENCIES).map((ms) => Math.min(ms, 80)))] },
    /disagree: p95 latency, p99 latency\n/,
  ],
  [
    'half of the timings',
    { values: [timer(inMs(spread(1000, 50_000, 110_000)))] },
    /disagree: number of latency values\n/,
  ],
])('a server that lies about %s is found out', (_, totals, message) => {
  const { run } = loadWith(totals)
  expect(() => expect(run).toAgreeWith(mapping)).toThrow(message)
  expect(run).not.toAgreeWith(mapping)
})

test.each<[string, Partial<TargetTotals>, string]>([
  [
    'drops',
    { gaps: ['the kernel dropped 3 packets'] },
    'cannot judge: client and statsd agree: cannot compare: the kernel dropped 3',
  ],
  [
    'no such counter',
    { counters: [counter('other', 2000)] },
    'cannot compare requests: the server told no requests.total; it told other, request.latency',
  ],
  ['no such timer', { values: [] }, 'cannot compare latency: the server told no request.latency'],
])('what cannot be compared neither agrees nor disagrees: %s', (_, totals, message) => {
  const { run } = loadWith(totals)
  expect(() => expect(run).toAgreeWith(mapping)).toThrow(message)
  expect(() => expect(run).not.toAgreeWith(mapping)).toThrow('cannot compare')
})

test('a load that was not seen to its end cannot be compared', () => {
  const { run } = measured({ watched: [watched({ kind: 'metrics', name: 'statsd' })] })
  expect(() => expect(run).not.toAgreeWith(mapping)).toThrow('cannot compare: statsd was not seen from before the load')
})

const failing = { good: 2000, failedByKind: { http: 30, timeout: 20 }, attempted: 2050 }

const counted = (requests: number, errors: number): ReturnType<typeof measured>['run'] =>
  loadWith({ counters: [counter('r', requests), counter('e', errors)] }, { outcomes: failing }).run

test.each([
  [2030, 30],
  [2050, 50],
])('with 30 failures and 20 time-outs %i requests and %i errors agree', (requests, errors) => {
  expect(counted(requests, errors)).toAgreeWith(statsd({ requests: 'r', errors: 'e' }))
})

test.each([
  [2029, 30],
  [2051, 30],
  [2040, 29],
  [2040, 51],
])('with 30 failures and 20 time-outs %i requests and %i errors disagree', (requests, errors) => {
  expect(counted(requests, errors)).not.toAgreeWith(statsd({ requests: 'r', errors: 'e' }))
})

test('failures that the server timed as well move quantiles no further than they can, and leave the mean out', () => {
  const more = [...inMs(LATENCIES), ...Array.from({ length: 30 }, () => 1)]
  const { run, records } = loadWith({ values: [timer(more)] }, { outcomes: failing })
  expect(run).toAgreeWith(statsd({ latency: 'request.latency' }))
  expect(records[0]!.measured).not.toContain('mean')
})

test('no error of which nobody ever heard is a weak 0, and one that was missed disagrees', () => {
  const { run, records } = loadWith({})
  expect(run).toAgreeWith(statsd({ errors: 'requests.errors' }))
  expect(records[0]).toMatchObject({ verdict: 'weak', notes: [expect.stringContaining('taken as 0')] })
  const { run: failed } = loadWith({}, { outcomes: failing })
  expect(failed).not.toAgreeWith(statsd({ errors: 'requests.errors' }))
})

const buckets = (scale = 1, counts: readonly number[] = [1000, 1000, 0]): TargetTotals['buckets'][number] => ({
  name: 'vllm:e2e_request_latency_seconds',
  labels: { engine: '0' },
  bounds: [0.08 * scale, 0.16 * scale],
  counts,
  n: counts.reduce((sum, count) => sum + count, 0),
  sum: 2000 * 0.0795 * scale,
})
const vllm = (parts: Partial<TargetTotals>): Partial<TargetTotals> => ({
  source: 'prometheus',
  values: [],
  counters: [
    counter('vllm:request_success_total', 1500, { finished_reason: 'stop' }),
    counter('vllm:request_success_total', 500, { finished_reason: 'length' }),
    counter('vllm:request_success_total', 7, { finished_reason: 'abort' }),
    counter('vllm:prompt_tokens_total', 4000),
    counter('vllm:generation_tokens_total', 20_000),
  ],
  buckets: [buckets(), { ...buckets(), name: 'vllm:time_to_first_token_seconds' }],
  ...parts,
})
const known = {
  distributions: {
    outputTokens: LATENCIES.map(() => 10),
    inputTokens: LATENCIES.map(() => 2),
    ttftFromSent: LATENCIES,
  },
}

test('a server that is known by its names needs none; a quantile agrees within its bucket', () => {
  const { run, records } = loadWith(vllm({}), known)
  expect(run).toAgreeWith(prometheus())
  expect(run).toAgreeWith(prometheus({ preset: 'vllm' }))
  expect(records[0]!.measured).toContain('completed requests, input tokens, output tokens')
  const { run: slow } = loadWith(
    vllm({ buckets: [buckets(3), { ...buckets(), name: 'vllm:time_to_first_token_seconds' }] }),
    known,
  )
  expect(() => expect(slow).toAgreeWith(prometheus())).toThrow(
    /disagree: mean latency, p95 latency, p99 latency\n.*p95 latency: client 106 ms, server 240 ms to 480 ms: DISAGREE/s,
  )
})

test('tolerances are shares, and of durations also lengths of time', () => {
  const { run } = loadWith({
    counters: [counter('requests.total', 1990), counter('out.a', 19_000)],
    values: [timer(inMs(LATENCIES, 20).slice(0, 1990))],
  })
  const tolerance = { counts: '1%', tokens: 0.06, latency: '25ms' } as const
  expect(run).toAgreeWith(mapping, { tolerance })
  expect(run).not.toAgreeWith(mapping, { tolerance: { ...tolerance, counts: '0.1%' } })
  expect(run).not.toAgreeWith(mapping, { tolerance: { ...tolerance, tokens: '4%' } })
  expect(run).not.toAgreeWith(mapping, { tolerance: { ...tolerance, latency: '15ms' } })
})

test.each<[() => unknown, string]>([
  [() => statsd({ requests: 7 as never }), 'statsd(quantities): option requests: got 7, takes the name of a metric'],
  [() => statsd({ request: 'a' } as never), 'unknown option request'],
  [
    () => prometheus({ preset: 'ollama' as never }),
    "option preset: got 'ollama', takes one of vllm, tgi, sglang, llamacpp",
  ],
  [() => statsd({ latency: { metric: 'a', unit: 'min' as never } }), 'statsd(quantities): option latency.unit: got'],
  [() => expect(loadWith({}).run).toAgreeWith({} as never), 'takes what statsd() or prometheus() returned'],
  [() => expect(loadWith({}).run).toAgreeWith(prometheus()), "no prometheus was watched; watched: 'statsd'"],
  [
    () => expect(loadWith({}).run).toAgreeWith(mapping, { tolerance: { latency: 'much' as never } }),
    "option tolerance.latency: got 'much'",
  ],
])('bad input %#', (act, message) => {
  expect(act).toThrow(message)
})
