import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { mean, percentile } from '../../../src/domain/distribution.ts'
import { readStatsdLine, seriesOfKey } from '../../../src/monitor/statsd-line.ts'
import { type SinkReading, StatsdSink } from '../../../src/monitor/statsd-sink.ts'
import type { SinkLink } from '../../../src/monitor/sink-thread.ts'
import { StatsdMonitor } from '../../../src/monitor/statsd-monitor.ts'
import { StatsdTable } from '../../../src/monitor/statsd-table.ts'
import { udpDrops } from '../../../src/monitor/udp-drops.ts'

test.each([
  ['a:1|c', 'counter', ['1'], 1, 'a', {}],
  ['a.b-c:-3.5e2|c|@0.1', 'counter', ['-3.5e2'], 10, 'a.b-c', {}],
  ['a:320|ms|@0.5|#model:qwen,cold', 'values', ['320'], 2, 'a', { model: 'qwen', cold: '' }],
  ['a:1:2.5:.5|h|#url:http://x:80', 'values', ['1', '2.5', '.5'], 1, 'a', { url: 'http://x:80' }],
  ['a:7|d|#k:v|c:container|T1656581400', 'values', ['7'], 1, 'a', { k: 'v' }],
  ['a:+4|g', 'gauge', ['+4'], 1, 'a', {}],
  ['a:user:1|s', 'set', ['user:1'], 1, 'a', {}],
])('reads %s', (line, kind, values, weight, name, labels) => {
  const event = readStatsdLine(line)
  expect(event).toMatchObject({ kind, values, weight })
  expect(seriesOfKey((event as { key: string }).key)).toEqual({ name, labels })
})

test.each([
  '',
  'a',
  'a:1',
  ':1|c',
  'a:|c',
  'a:x|c',
  'a:1|q',
  'a:1|c|@0',
  'a:1|c|@2',
  'a:1|c|@x',
  'a:NaN|g',
  'a:1:|h',
  'a:|s',
])('%j is no metric', (line) => expect(readStatsdLine(line)).toBeNull())

const totals = (table: StatsdTable): Record<string, number> =>
  Object.fromEntries(table.read().map(({ key, total }) => [key, total]))

test('adds up counters by rate, sets gauges and changes them, counts members of sets', () => {
  const table = new StatsdTable(10)
  table.add('a:1|c\na:2|c|@0.1\r\n\ng:5|g\ng:-2|g\ng:+1|g\n_e{1,1}:t|x\n_sc|n|0\ns:x|s\ns:y|s\ns:x|s\nbad')
  expect(totals(table)).toEqual({ 'a|': 21, 'g|': 4, 's|': 2 })
  expect(table.tally).toEqual({ packets: 1, malformed: 1, firstMalformed: 'bad', refused: 0 })
  table.begin()
  table.add('a:4|c')
  expect(totals(table)).toEqual({ 'a|': 4, 'g|': 4, 's|': 0 })
})

test('distributions keep their sums exactly and their quantiles to half a percent, weights included', () => {
  const table = new StatsdTable(10)
  for (let i = 1; i <= 1000; i++) table.add(`a:${i / 10}|ms|@0.5`)
  const { distribution } = table.read()[0]!
  expect(distribution).toMatchObject({ n: 2000, min: 0.1, max: 100 })
  expect(mean(distribution!)).toBeCloseTo(50.05, 6)
  for (const p of [50, 95, 99]) {
    expect(Math.abs(percentile(distribution!, p)! / p - 1)).toBeLessThan(0.006)
  }
})

test('series over the limit are counted and left out', () => {
  const table = new StatsdTable(2)
  for (let i = 0; i < 50; i++) table.add(`a:1|c|#user:${i}`)
  expect([table.read().length, table.tally.refused]).toEqual([2, 48])
})

test('the kernel tells drops by port, of whatever address', () => {
  const udp = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  512: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 41212 2 0000000000000000 17
  513: 00000000:1FBE 00000000:0000 07 00000000:00000000 00:00000000 00000000  1000        0 41213 2 0000000000000000 99`
  expect([udpDrops(udp, 8125), udpDrops(udp, 8126), udpDrops(udp, 8127), udpDrops('', 8125)]).toEqual([
    17,
    99,
    null,
    null,
  ])
})

/** Sends as fast as it can from this very thread, which leaves the sink no time to read. */
async function burst(port: number, packets: number): Promise<void> {
  const socket = createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const sent = Array.from({ length: packets }, () => new Promise((resolve) => socket.send('a:1|c', resolve)))
  await Promise.all(sent)
  socket.close()
}

test.runIf(process.platform === 'linux')('of 20,000 packets in a burst every one arrived or was dropped', async () => {
  const sink = new StatsdSink({ host: '127.0.0.1', port: 0, series: 10 })
  const port = await sink.open()
  try {
    await burst(port, 20_000)
    let reading = sink.read()
    for (let tries = 0; tries < 50 && reading.tally.packets + reading.dropped! < 20_000; tries++) {
      await delay(20)
      reading = sink.read()
    }
    expect(reading.tally.packets + reading.dropped!).toBe(20_000)
    expect(reading.series[0]!.total).toBe(reading.tally.packets)
  } finally {
    sink.close()
  }
})

const CLEAN: SinkReading = {
  series: [],
  tally: { packets: 5, malformed: 0, firstMalformed: '', refused: 0 },
  dropped: 0,
}
function monitorOf(reading: SinkReading, code: string | null = null): StatsdMonitor {
  const sink: SinkLink = {
    open: () => Promise.resolve(code),
    begin: () => undefined,
    read: () => Promise.resolve(reading),
    close: () => undefined,
  }
  const environment = { nowUs: () => 7e6, delay: () => Promise.resolve() }
  return new StatsdMonitor({ name: 'statsd', host: '127.0.0.1', port: 8125, series: 1000 }, sink, environment)
}

test.each<[string, Partial<SinkReading>, readonly string[]]>([
  ['nothing lost', {}, []],
  ['drops', { dropped: 3 }, ['the kernel dropped 3 packets, 5 arrived: the receive buffer was full']],
  ['no count of drops', { dropped: null }, ['this system does not tell how many packets its kernel dropped']],
  ['series left out', { tally: { ...CLEAN.tally, refused: 2 } }, ['2 lines were of series over the limit of 1000']],
  ['silence', { tally: { ...CLEAN.tally, packets: 0 } }, ['no packet arrived at 127.0.0.1:8125 while the load ran']],
])('totals say what cannot be vouched for: %s', async (_, parts, gaps) => {
  const monitor = monitorOf({ ...CLEAN, ...parts })
  await monitor.start(() => undefined)
  monitor.begin()
  expect((await monitor.totals())?.gaps).toEqual(gaps)
})

test('a port that is taken is an error that names it', async () => {
  await expect(monitorOf(CLEAN, 'EADDRINUSE').start(() => undefined)).rejects.toThrow(
    'monitors.statsd: got 127.0.0.1:8125, which is taken',
  )
})

test('shows rates, values and mean durations', async () => {
  const table = new StatsdTable(10)
  const reading = { ...CLEAN, series: table.read() }
  const monitor = monitorOf(reading)
  monitor.begin()
  table.add('a:6|c|#m:x\ng:3|g\nrequest.latency:20|ms\nrequest.latency:40|ms')
  Object.assign(reading, { series: table.read() })
  expect(await monitor.sample(2e6)).toEqual({
    'rate:a{m=x}': 3,
    'value:g': 3,
    'bucket:+Inf:durations:request.latency': 1,
    'sum:durations:request.latency': 30_000,
  })
})
