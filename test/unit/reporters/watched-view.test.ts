import { expect, test } from 'vitest'
import { watchedLines } from '../../../reporters/terminal/watched-view.ts'
import { loadSummary } from '../../../src/compare/load-summary.ts'
import type { LoadSummary } from '../../../src/domain/perf-meta.ts'
import type { WatchedData } from '../../../src/domain/resource.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { measurementData, reference } from '../../support/measurement-builder.ts'
import { sampleTable, watched } from '../../support/watched.ts'

const summaryOf = (...all: readonly WatchedData[]): LoadSummary =>
  loadSummary(measurementData({ watched: all }), reference(), [])

const minute = (value: (second: number) => number | null): (number | null)[] =>
  Array.from({ length: 60 }, (_, second) => value(second))

const host = watched({
  samples: sampleTable({
    cpuShare: minute((second) => (second < 30 ? 0.25 : 0.75)),
    cpuSteal: minute(() => 0),
    memory: minute(() => 4e9),
    'core:0': minute(() => 1),
  }),
  idle: sampleTable({ cpuShare: [0.02, 0.04], cpuSteal: [0, 0], memory: [3e9, 3e9] }, 1e6, -2e6),
})
const child = watched({
  kind: 'process',
  samples: sampleTable({ cpuCores: minute((second) => (second === 0 ? null : 0.5)), rss: minute(() => 556e6) }),
})
const missing = watched({
  kind: 'process',
  name: 'port 8000',
  samples: sampleTable({ processes: minute(() => 0) }),
  notes: ['nothing listens on port 8000 of this machine: n/a until there is one'],
})
const load = summaryOf(host, child, missing)

test('one table of all that was watched, with what is 0 by nature left out and what is missing explained', () => {
  const lines = watchedLines(load, { columns: 80, style: PLAIN_STYLE })
  // The widths of columns are the table's own business.
  expect(lines.map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['watched', 'mean', 'p95', 'max', 'idle (2 s)'],
    ['host CPU', '50 %', '75 %', '75 %', '3 %'],
    ['host memory', '4 GB', '4 GB', '4 GB', '3 GB'],
    ['process 4711 CPU', '0.5 cores', '0.5 cores', '0.5 cores', 'n/a'],
    ['process 4711 RSS', '556 MB', '556 MB', '556 MB', 'n/a'],
    ['port 8000: n/a: nothing listens on port 8000 of this machine'],
  ])
})

test('a GPU stands with its memory, and with what holds it down only when something does', () => {
  const gpu = watched({
    kind: 'gpu',
    name: 'gpu 0',
    memoryBytes: 80e9,
    samples: sampleTable({
      gpuBusy: minute(() => 0.96),
      gpuMemory: minute(() => 7.2e9),
      gpuPower: minute(() => 312.5),
      throttlePowerCap: minute((second) => (second < 15 ? 1 : 0)),
      throttlePowerBrake: minute(() => 0),
      eccUncorrected: minute(() => 0),
    }),
  })
  const lines = watchedLines(summaryOf(gpu), { columns: 100, style: PLAIN_STYLE })
  expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['gpu 0 busy', '96 %', '96 %', '96 %', 'n/a'],
    ['gpu 0 memory of 80 GB', '7.2 GB', '7.2 GB', '7.2 GB', 'n/a'],
    ['gpu 0 power', '313 W', '313 W', '313 W', 'n/a'],
    ['gpu 0 throttled by power limit', '25 %', '100 %', '100 %', 'n/a'],
  ])
})

test('a container stands with its limits', () => {
  const asr = watched({
    kind: 'container',
    name: 'asr',
    cores: 2,
    memoryBytes: 4e9,
    samples: sampleTable({
      containers: minute(() => 1),
      cpuCores: minute(() => 1.5),
      cpuThrottled: minute(() => 0),
      memory: minute(() => 3.42e9),
      memoryLimitShare: minute(() => 0.8543),
      restarts: minute(() => 0),
      oomKills: minute((second) => (second > 30 ? 1 : 0)),
    }),
  })
  const lines = watchedLines(summaryOf(asr), { columns: 100, style: PLAIN_STYLE })
  expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['asr CPU of 2 cores', '1.5 cores', '1.5 cores', '1.5 cores', 'n/a'],
    ['asr memory of 4 GB', '3.42 GB', '3.42 GB', '3.42 GB', 'n/a'],
    ['asr memory of limit', '85.4 %', '85.4 %', '85.4 %', 'n/a'],
    ['asr OOM kills', '0.483', '1', '1', 'n/a'],
  ])
})

test.each([30, 45, 79])('no line is wider than a screen of %i columns', (columns) => {
  const lines = watchedLines(load, { columns, style: PLAIN_STYLE })
  expect(lines.join('\n')).toContain('556 MB')
  expect(Math.max(...lines.map(displayWidth))).toBeLessThanOrEqual(columns)
})

test('nothing is said of a load beside which nothing was watched', () => {
  expect(watchedLines(summaryOf(), { columns: 80, style: PLAIN_STYLE })).toEqual([])
})

test('a summary carries samples for charts, single cores too, in bounded number', () => {
  const hour = Array.from({ length: 3600 }, (_, second) => second)
  const [long] = summaryOf(watched({ samples: sampleTable({ 'core:0': hour, memory: hour }) })).watched
  expect(long!.samples.atUs.length).toBeLessThanOrEqual(240)
  expect(long!.samples.columns['core:0']!.max.at(-1)).toBe(3599)
  expect(long!.metrics.map(({ metric }) => metric)).toEqual(['memory'])
})

test('numbers of the target stand below, histograms with what their buckets tell of the window', () => {
  const target = watched({
    kind: 'metrics',
    name: 'vllm',
    samples: sampleTable({
      queueLength: minute((second) => second % 2),
      generatedTokens: minute(() => 640),
      'rate:cache hits': minute(() => 2),
      // In each second 3 of 10 ms to 20 ms, 1 of 20 ms to 40 ms, 75 ms together.
      'bucket:20000:durations:latency': minute(() => 3),
      'bucket:40000:durations:latency': minute(() => 1),
      'bucket:+Inf:durations:latency': minute(() => 0),
      'sum:durations:latency': minute(() => 75_000),
    }),
  })
  const summary = summaryOf(target)
  const lines = watchedLines(summary, { columns: 80, style: PLAIN_STYLE })
  expect(lines.slice(1).map((line) => line.trim().split(/\s{2,}/))).toEqual([
    ['vllm waiting requests', '0.5', '1', '1', 'n/a'],
    ['vllm generated tokens', '640/s', '640/s', '640/s', 'n/a'],
    ['vllm cache hits', '2/s', '2/s', '2/s', 'n/a'],
    ['vllm latency', '18.8 ms', '36 ms', '40 ms', 'n/a'],
  ])
  expect(summary.watched[0]!.metrics.at(-1)!.n).toBe(240)
  expect(Object.keys(summary.watched[0]!.samples.columns)).toEqual([
    'queueLength',
    'generatedTokens',
    'rate:cache hits',
  ])
})
