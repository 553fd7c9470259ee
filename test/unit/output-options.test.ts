import { expect, test } from 'vitest'
import type { PerfProjectOptions } from '../../src/perf-project-options.ts'
import { perfProjectOptions } from '../../src/perf-project-options.ts'

const sinks = (outputs: PerfProjectOptions['outputs'] & object) =>
  perfProjectOptions({ name: 'load', outputs }, {}).outputs.sinks

test('sinks of metrics are addresses or objects, with logins as headers', () => {
  expect(sinks({})).toEqual({ pushgateway: null, otlp: null, statsd: null })
  expect(sinks({ pushgateway: 'http://me:p%40ss@gw:9091/base/', otlp: 'https://otel', statsd: 'udp://[::1]' })).toEqual(
    {
      pushgateway: {
        url: 'http://gw:9091/base/',
        headers: { authorization: `Basic ${btoa('me:p@ss')}` },
        job: 'load',
        labels: {},
      },
      otlp: { url: 'https://otel/v1/metrics', headers: {} },
      statsd: { host: '::1', port: 8125, prefix: 'vitest_perf', tags: false },
    },
  )
  expect(sinks({ otlp: { url: 'http://otel/x/v1/metrics?k=1', headers: { 'x-key': 's' } } }).otlp).toEqual({
    url: 'http://otel/x/v1/metrics?k=1',
    headers: { 'x-key': 's' },
  })
})

test.for([
  [{ pushgateway: 'gw:9091' }, /option outputs\.pushgateway: got 'gw:9091', takes an address such as/],
  [
    { otlp: 'ftp://u:hush@h/?token=hush' },
    /option outputs\.otlp: got 'ftp:\/\/\[redacted\]@h\/\?token=\[redacted\]', takes/,
  ],
  [{ otlp: 4318 }, /option outputs\.otlp: got 4318, takes an address .*, or \{ url, headers\? \}/],
  [
    { otlp: { url: 'http://h', headers: { authorization: 'hush\n' } } },
    /outputs\.otlp\.headers\.authorization: got .*takes texts of one line/,
  ],
  [{ pushgateway: { url: 'http://h', labels: { job: 'x' } } }, /outputs\.pushgateway\.labels.*takes labels but job/],
  [{ statsd: '127.0.0.1:99999' }, /option outputs\.statsd: got '127\.0\.0\.1:99999', takes a host and a port/],
  [{ statsd: { address: 'h', prefix: 'a b' } }, /option outputs\.statsd\.prefix: got 'a b', takes letters/],
  [{ openmetrics: 'a', json: 'a' }, /takes a path that no other output has/],
] as const)('%j is refused by its name, without a secret', ([outputs, message]) => {
  const refused = () => sinks(outputs as never)
  expect(refused).toThrow(message)
  expect(refused).not.toThrow(/hush/)
})
