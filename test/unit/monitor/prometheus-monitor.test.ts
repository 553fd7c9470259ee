import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { PrometheusTarget } from '../../../src/domain/monitor-plan.ts'
import type { SeenTotals } from '../../../src/monitor/monitor.ts'
import { PrometheusMonitor, type ScrapeEnvironment } from '../../../src/monitor/prometheus-monitor.ts'
import { scrape, type Scrape } from '../../../src/monitor/scrape.ts'

const TARGET: PrometheusTarget = {
  name: 'prometheus',
  url: 'http://127.0.0.1:1/metrics?token=secret',
  preset: null,
  metrics: {},
  headers: {},
  everyUs: 1e6,
}
const sum = (...select: string[]): PrometheusTarget['metrics'][string] => ({ select, combine: 'sum', by: null })

/** A target that tells one text after the other, a second apart, and then the last one for ever. */
function monitorOf(texts: readonly (string | Scrape)[], parts: Partial<PrometheusTarget> = {}) {
  let asked = 0
  const environment: ScrapeEnvironment = {
    scrape: () => {
      const next = texts[Math.min(asked++, texts.length - 1)]!
      return Promise.resolve(typeof next === 'string' ? { text: next, doubt: null } : next)
    },
    nowUs: () => asked * 1e6,
    delay: () => Promise.resolve(),
  }
  return new PrometheusMonitor({ ...TARGET, ...parts }, environment)
}

const vllm = (requests: number, more = ''): string => `# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0"} 3
vllm:num_requests_waiting{engine="1"} 4
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0"} 0.25
vllm:kv_cache_usage_perc{engine="1"} 0.75
# TYPE vllm:generation_tokens counter
vllm:generation_tokens_total{engine="0"} ${requests * 10}
vllm:generation_tokens_total{engine="1"} ${requests * 5}
# TYPE vllm:e2e_request_latency_seconds histogram
vllm:e2e_request_latency_seconds_bucket{le="0.1"} ${requests}
vllm:e2e_request_latency_seconds_bucket{le="0.5"} ${requests * 3}
vllm:e2e_request_latency_seconds_bucket{le="+Inf"} ${requests * 4}
vllm:e2e_request_latency_seconds_sum ${requests * 2}
vllm:e2e_request_latency_seconds_count ${requests * 4}
${more}`

test('knows vLLM by its names: gauges as they are, counters as rates from the second scrape on, buckets as rates of each', async () => {
  const monitor = monitorOf([vllm(10), vllm(16)])
  expect(await monitor.start(() => undefined)).toEqual([])
  expect(await monitor.sample()).toEqual({
    queueLength: 7,
    kvCacheShare: 0.75,
    generatedTokens: 90,
    'bucket:100000:durations:latency': 6,
    'bucket:500000:durations:latency': 12,
    'bucket:+Inf:durations:latency': 6,
    'sum:durations:latency': 12e6,
  })
})

test('adds up the series that a selector matches, or tells them apart by a label', async () => {
  const text = (a: number, b: number): string =>
    `# TYPE hits_total counter\nhits_total{model="a",ok="1"} ${a}\nhits_total{model="b",ok="1"} ${b}\nhits_total{model="a",ok="0"} 1e6\n# TYPE depth gauge\ndepth{q="x"} 2\ndepth{q="y"} 5`
  const monitor = monitorOf([text(0, 0), text(8, 2)], {
    metrics: {
      hits: sum('hits_total{ok="1"}'),
      each: { select: ['hits_total{ok="1"}'], combine: 'sum', by: 'model' },
      queueLength: sum('depth'),
      deepest: { select: ['depth'], combine: 'max', by: null },
    },
  })
  await monitor.start(() => undefined)
  expect(await monitor.sample()).toEqual({
    'rate:hits': 10,
    'rate:each{model=a}': 8,
    'rate:each{model=b}': 2,
    queueLength: 7,
    'value:deepest': 5,
  })
})

test('a label with endless values does not make endless numbers', async () => {
  const lines = Array.from({ length: 500 }, (_, i) => `depth{user="${i}"} 1`)
  const monitor = monitorOf([lines.join('\n')], {
    metrics: { depth: { select: ['depth'], combine: 'sum', by: 'user' } },
  })
  await monitor.start(() => undefined)
  const values = (await monitor.sample())!
  expect(Object.keys(values)).toHaveLength(21)
  expect(values['value:depth{user=(others)}']).toBe(480)
})

async function totalsOf(texts: readonly (string | Scrape)[], beforeLoad = 1): Promise<SeenTotals | null> {
  const monitor = monitorOf(texts)
  await monitor.start(() => undefined)
  for (let i = 1; i < beforeLoad; i++) await monitor.sample()
  monitor.begin()
  return monitor.totals()
}
const grown = (totals: SeenTotals | null, name: string): number | undefined =>
  totals?.counters.find((counter) => counter.name === name)?.grown

test('totals count from the last scrape before the load to the first two alike after it', async () => {
  const totals = await totalsOf(
    ['a_total 5', 'a_total 7', 'a_total 100', 'a_total 107\nb_total 3', 'a_total 107\nb_total 3'],
    2,
  )
  expect([grown(totals, 'a_total'), grown(totals, 'b_total'), totals?.gaps]).toEqual([100, 3, []])
  expect([totals?.fromUs, totals?.toUs]).toEqual([2e6, 5e6])
})

test.each([
  ['a counter that fell', 'a_total 5\nb_total 9', 'a_total 7\nb_total 4'],
  ['a counter that has gone', 'a_total 5\nb_total 9', 'a_total 12'],
  [
    'a process that began later',
    'a_total 5\nprocess_start_time_seconds 100',
    'a_total 500\nprocess_start_time_seconds 160',
  ],
])('%s means that the target started anew, and its totals vouch for nothing', async (_, before, after) => {
  const totals = await totalsOf([before, after])
  expect(totals?.gaps).toEqual(['its counters started anew once while the load ran'])
})

test.each([
  ['a sum of values below 0', '# TYPE h histogram\nh_sum 5\nh_count 1', '# TYPE h histogram\nh_sum 2\nh_count 2', -3],
  ['a gauge', '# TYPE h_sum gauge\nh_sum 5', '# TYPE h_sum gauge\nh_sum 2', undefined],
])('%s may fall', async (_, before, after, expected) => {
  const totals = await totalsOf([before, after])
  expect([totals?.gaps, grown(totals, 'h_sum')]).toEqual([[], expected])
})

test('a rate after a restart counts what the new process shows', async () => {
  const monitor = monitorOf(['# TYPE a counter\na_total 100', 'a_total 4'], { metrics: { a: sum('a_total') } })
  await monitor.start(() => undefined)
  expect(await monitor.sample()).toEqual({ 'rate:a': 4 })
})

test('histograms become counts of each bucket, series by series', async () => {
  const text = (n: number): string =>
    `# TYPE h histogram\nh_bucket{m="a",le="1"} ${n}\nh_bucket{m="a",le="+Inf"} ${3 * n}\nh_sum{m="a"} ${5 * n}\nh_count{m="a"} ${3 * n}`
  expect((await totalsOf([text(1), text(3)]))?.buckets).toEqual([
    { name: 'h', labels: { m: 'a' }, bounds: [1], counts: [2, 4], n: 6, sum: 10 },
  ])
})

test('a target that answers no more cannot vouch, and one that never answered has no totals', async () => {
  expect((await totalsOf(['a_total 5', { problem: 'it answers 404' }]))?.gaps).toEqual([
    'it told nothing after the load: it answers 404',
  ])
  expect(await totalsOf([{ problem: 'it answers 404' }])).toBeNull()
})

test('says once what is wrong, without the secrets of the address', async () => {
  const said: string[] = []
  const failing = monitorOf([{ problem: 'it answers 404' }])
  expect(await failing.start((note) => said.push(note))).toEqual(['http://127.0.0.1:1/metrics: it answers 404: n/a'])
  expect(await failing.sample()).toBeNull()
  expect(said).toEqual([])

  const odd = monitorOf(['depth 1\n<bad 17', 'depth NaN\n<bad 18'], {
    metrics: { depth: sum('depth'), other: sum('none') },
  })
  expect(await odd.start((note) => said.push(note))).toEqual([
    '1 line is no metric and left out: "<bad 17"',
    'there is no metric for other: n/a until there is one',
  ])
  expect(await odd.sample()).toEqual({})
  await odd.sample()
  expect(said).toEqual(['depth is no number: n/a while it is none'])

  expect(await monitorOf(['go_goroutines 5']).start(() => undefined)).toEqual([
    'these are no metrics of vLLM, TGI, SGLang or llama.cpp: say which to show, metrics: { ... }',
  ])
})

test('what is dear to read is read rarely, and one scrape is out at a time', async () => {
  let out = 0
  let most = 0
  let nowUs = 0
  const monitor = new PrometheusMonitor(TARGET, {
    scrape: async () => {
      most = Math.max(most, ++out)
      await new Promise((resolve) => setImmediate(resolve))
      out--
      return { text: 'a 1', doubt: null }
    },
    nowUs: () => (nowUs += 200_000),
    delay: () => Promise.resolve(),
  })
  await Promise.all([monitor.start(() => undefined), monitor.sample(), monitor.totals(), monitor.sample()])
  expect([most, monitor.everyUs]).toEqual([1, 10e6])
})

test.each<[string, number, string, Buffer, object]>([
  [
    'a web page',
    200,
    'text/html',
    Buffer.from('<!DOCTYPE html>'),
    { problem: 'it answers with a web page instead of metrics' },
  ],
  [
    'a web page that hides',
    200,
    'text/plain',
    Buffer.from('\n<html>'),
    { problem: 'it answers with a web page instead of metrics' },
  ],
  ['404', 404, 'text/plain', Buffer.from('a 1'), { problem: 'it answers 404' }],
  ['10 MB', 200, 'text/plain', Buffer.alloc(10e6, 'a 1\n'), { problem: 'its answer is larger than 8 MB' }],
  [
    'other than UTF-8',
    200,
    'text/plain',
    Buffer.from('a{b="\xe9"} 1', 'latin1'),
    { text: 'a{b="\uFFFD"} 1', doubt: 'its answer is not UTF-8: what is not was replaced' },
  ],
  ['a replacement character of its own', 200, 'text/plain', Buffer.from('# \uFFFD'), { text: '# \uFFFD', doubt: null }],
])('an endpoint that answers %s', async (_, status, type, body, expected) => {
  const server = createServer((_request, response) => response.writeHead(status, { 'content-type': type }).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    const { port } = server.address() as AddressInfo
    expect(await scrape(`http://127.0.0.1:${port}/metrics`, {})).toEqual(expected)
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('an endpoint that is not there', async () => {
  expect(await scrape('http://127.0.0.1:1/metrics', {})).toEqual({ problem: 'it cannot be reached (ECONNREFUSED)' })
})
