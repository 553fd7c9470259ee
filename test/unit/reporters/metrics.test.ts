import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openMetricsText } from '../../../reporters/metrics/openmetrics-text.ts'
import { otlpJson } from '../../../reporters/metrics/otlp-json.ts'
import { pushMetrics } from '../../../reporters/metrics/push-metrics.ts'
import { statsdDatagrams } from '../../../reporters/metrics/statsd-lines.ts'
import type { MetricSinks } from '../../../src/domain/metric-sinks.ts'
import { readExposition } from '../../../src/monitor/prometheus-text.ts'
import { readStatsdLine } from '../../../src/monitor/statsd-line.ts'
import { ATTACK, attacked } from '../../support/attacked.ts'
import { freePort } from '../../support/free-port.ts'
import { INVALID } from '../../support/measurement-builder.ts'
import { fullLoad, runReport, specResult } from '../../support/run-report.ts'

const RUN = runReport()
const NOWHERE: MetricSinks = { pushgateway: null, otlp: null, statsd: null }

/** A collector that answers as told; what it got. */
async function collector(answer: (response: ServerResponse) => void) {
  const got: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      got.push({ method: request.method!, url: request.url!, headers: request.headers, body })
      answer(response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

test('OpenMetrics is read back with names, units and values of the conventions', () => {
  const text = openMetricsText(RUN)
  const { samples, types, badLines } = readExposition(text)
  expect(badLines).toBe(0)
  expect(text.endsWith('\n# EOF\n')).toBe(true)
  const load = { project: 'gateway', file: 'chat.perf.ts', test: 'gateway > holds 10 qps' }
  const value = (name: string, labels: object = {}) =>
    samples.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify({ ...load, ...labels }))
      ?.value
  expect(value('vitest_perf_latency_seconds', { quantile: '0.99' })).toBe(0.109399)
  expect(value('vitest_perf_latency_seconds_count')).toBe(600)
  expect(value('vitest_perf_requests', { outcome: 'failed' })).toBe(3)
  expect(value('vitest_perf_error_ratio')).toBeCloseTo(3 / 603)
  expect(value('vitest_perf_verdict', { verdict: 'pass' })).toBe(1)
  expect(types.get('vitest_perf_latency_seconds')).toBe('summary')
  // OpenMetrics: a unit is the end of its family's name; lines of a family stand together; 0.0.4: no other types.
  for (const [, name, unit] of text.matchAll(/^# UNIT (\S+) (\S+)$/gm)) expect(name).toMatch(new RegExp(`_${unit}$`))
  expect(new Set(types.values())).toEqual(new Set(['gauge', 'summary']))
  const families = samples.map(({ name }) => name.replace(/_(?:sum|count)$/, ''))
  expect(families.filter((family, i) => family !== families[i - 1])).toEqual([...new Set(families)])
  expect(new Set(samples.map(({ key }) => key)).size).toBe(samples.length)
})

test('no text from outside is a line, a label or a tag of its own', () => {
  const bad = attacked(RUN)
  const { samples, badLines } = readExposition(openMetricsText(bad))
  expect(badLines).toBe(0)
  expect(samples[0]!.labels['test']).toContain(ATTACK)
  const tagged = statsdDatagrams(bad, { prefix: 'p', tags: true }).join('\n').split('\n')
  for (const line of tagged) expect(line).toMatch(/^p\.\w+(\.\w+)?:[\d.]+\|g\|#project:[^,|#]*(,\w+:[^,|#]*){0,4}$/)
  for (const line of statsdDatagrams(bad, { prefix: 'p', tags: false }).join('\n').split('\n'))
    expect(line).toMatch(/^p(\.[\p{L}\p{N}_-]+)+:[\d.]+\|g$/u)
})

test('of an invalid load there are state and counts, and no numbers; a test that came twice is one series', () => {
  const invalid = specResult({ loads: [fullLoad({ validity: INVALID })] })
  const names = readExposition(openMetricsText(runReport([invalid, invalid]))).samples.map(({ key }) => key)
  expect(names.filter((name) => name.includes('state="invalid"'))).toHaveLength(1)
  expect(names.filter((name) => name.includes('outcome='))).toHaveLength(4)
  expect(names.join('\n')).not.toMatch(/_seconds\{.*quantile|per_second|ratio/)
})

test('OTLP has 64-bit integers as texts, and the units of UCUM', () => {
  const { resourceMetrics } = JSON.parse(otlpJson(RUN)) as {
    resourceMetrics: { scopeMetrics: { metrics: Record<string, never>[] }[] }[]
  }
  const metrics = resourceMetrics[0]!.scopeMetrics[0]!.metrics
  expect(metrics.find(({ name }) => name === 'vitest_perf.latency')).toMatchObject({
    unit: 's',
    summary: {
      dataPoints: [
        {
          count: '600',
          startTimeUnixNano: '1763779920000000000',
          timeUnixNano: '1763779986000000000',
          quantileValues: expect.arrayContaining([{ quantile: 0.99, value: 0.109399 }]),
        },
      ],
    },
  })
  expect(metrics.find(({ name }) => name === 'vitest_perf.error')).toMatchObject({
    unit: '1',
    gauge: { dataPoints: [{ asDouble: 3 / 603 }] },
  })
})

test('datagrams of StatsD are small, and are read back', () => {
  const many = runReport(Array.from({ length: 20 }, (_, i) => specResult({ name: `t${i}`, loads: [fullLoad()] })))
  const datagrams = statsdDatagrams(many, { prefix: 'vitest_perf', tags: false })
  expect(Math.max(...datagrams.map((one) => Buffer.byteLength(one)))).toBeLessThanOrEqual(1432)
  const lines = datagrams.join('\n').split('\n')
  expect(lines).toContain('vitest_perf.gateway.chat_perf_ts.gateway_holds_10_qps.latency_seconds.p99:0.109399|g')
  expect(lines).toContain('vitest_perf.gateway.chat_perf_ts.gateway_holds_10_qps.requests.failed:3|g')
  for (const line of lines) expect(readStatsdLine(line)).not.toBeNull()
})

test('every sink gets the run once, with its headers', async () => {
  const { got, url } = await collector((response) => response.end('{"partialSuccess":{"rejectedDataPoints":"2"}}'))
  const statsd = createSocket('udp4')
  onTestFinished(() => void statsd.close())
  const datagrams: string[] = []
  statsd.on('message', (message) => datagrams.push(message.toString()))
  await new Promise<void>((resolve) => statsd.bind(0, '127.0.0.1', resolve))
  const headers = { 'x-api-key': 'hush' }
  const { paths, notes } = await pushMetrics(RUN, {
    pushgateway: { url, headers, job: 'a/b', labels: { shard: '1 of 2', none: '' } },
    otlp: { url: `${url}v1/metrics?token=hush`, headers },
    statsd: { host: '127.0.0.1', port: statsd.address().port, prefix: 'p', tags: true },
  })
  const host = new URL(url).host
  expect(paths).toEqual([`Pushgateway ${host}`, `StatsD 127.0.0.1:${statsd.address().port}`])
  expect(notes).toEqual([`no metrics to OTLP ${host}: it took the metrics and refused 2 of their values`])
  const [otlp, gateway] = got.toSorted((a, b) => a.method.localeCompare(b.method))
  expect([gateway!.method, gateway!.url]).toEqual([
    'PUT',
    `/metrics/job@base64/YS9i/project/gateway/shard/1%20of%202/none@base64/=`,
  ])
  expect(gateway).toMatchObject({ body: openMetricsText(RUN), headers: { 'x-api-key': 'hush' } })
  expect(gateway!.headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/)
  expect(otlp).toMatchObject({
    method: 'POST',
    url: '/v1/metrics?token=hush',
    body: otlpJson(RUN),
    headers: { 'content-type': 'application/json' },
  })
  await expect.poll(() => datagrams).toEqual(statsdDatagrams(RUN, { prefix: 'p', tags: true }))
})

test('a sink that refuses, is slow, is down or is not known costs a line without a secret', async () => {
  const failing = await collector((response) => {
    response.statusCode = 500
    response.end('hush')
  })
  const slow = await collector((response) => response.write('{'))
  const elsewhere = await collector((response) => response.writeHead(307, { location: failing.url }).end())
  const nobody = await freePort()
  const http = (url: string) => ({ url: `${url}hush?token=hush`, headers: { authorization: 'Bearer hush' } })
  const push = (sinks: Partial<MetricSinks>, limitMs = 5000) => pushMetrics(RUN, { ...NOWHERE, ...sinks }, limitMs)
  const statsd = { prefix: 'p', tags: false }
  const ends = await Promise.all([
    push({ otlp: http(failing.url), pushgateway: { ...http(failing.url), job: 'perf', labels: {} } }),
    push({ otlp: http(slow.url) }, 100),
    push({ otlp: http(elsewhere.url) }),
    push({ otlp: http(`http://127.0.0.1:${nobody}/`) }),
    push({ statsd: { ...statsd, host: '127.0.0.1', port: nobody } }),
    push({ statsd: { ...statsd, host: 'no.such.host.invalid', port: nobody } }),
  ])
  const hosts = [failing, slow, elsewhere].map(({ url }) => new URL(url).host)
  expect(ends.flatMap(({ paths }) => paths)).toEqual([])
  expect(ends.flatMap(({ notes }) => notes)).toEqual([
    `no metrics to Pushgateway ${hosts[0]}: it answers 500`,
    `no metrics to OTLP ${hosts[0]}: it answers 500`,
    `no metrics to OTLP ${hosts[1]}: no answer in time`,
    `no metrics to OTLP ${hosts[2]}: it answers 307`,
    `no metrics to OTLP 127.0.0.1:${nobody}: it cannot be reached (ECONNREFUSED)`,
    `no metrics to StatsD 127.0.0.1:${nobody}: it cannot be reached (ECONNREFUSED)`,
    expect.stringMatching(
      /^no metrics to StatsD no\.such\.host\.invalid:\d+: (it cannot be reached \(E\w+\)|no answer in time)$/,
    ),
  ])
})
