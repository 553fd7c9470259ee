import { expect, test } from 'vitest'
import { livePanel } from '../../../reporters/terminal/live-panel.ts'
import type { AlertSpan } from '../../../src/domain/alert.ts'
import type { LiveSnapshot } from '../../../src/domain/live.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { liveSnapshotOf } from '../../support/live-snapshot.ts'

const ALERT: AlertSpan = {
  watched: 'host',
  metric: 'cpuShare',
  limit: 0.9,
  side: 'above',
  fromUs: 12e6,
  toUs: 14e6,
  ended: false,
  peak: 0.97,
}

/** Everything that a panel can show. */
const FULL = liveSnapshotOf({
  tokensPerSecond: 1280,
  dropped: 1,
  queued: 4,
  failed: 3,
  failedByKind: { timeout: 1, http: 2 },
  latencySoFar: { p50Us: 81_000, p99Us: 118_000 },
  ttftSoFar: { p50Us: 40_000, p99Us: 80_000 },
  recent: Array.from({ length: 60 }, (_, i) => ({
    qps: 5 + (i % 8),
    latencyP99Us: i === 30 ? null : 90_000 + i * 1000,
  })),
  generator: { cpuShare: 0.123, loopDelayP99Us: 300 },
  watched: [
    { kind: 'host', name: 'host', values: { cpuShare: 0.5, memory: 3.2e9, networkSent: 5 } },
    { kind: 'gpu', name: 'gpu 0', values: { gpuBusy: 0.8, gpuMemory: 7e9 } },
  ],
  alerts: [ALERT],
})

function panel(loads: readonly LiveSnapshot[], columns: number, rows = 40): string[] {
  return livePanel(loads, { columns, rows, style: PLAIN_STYLE })
}

test('80 columns show all there is of a load', () => {
  expect(panel([FULL], 80)).toEqual([
    ' holds 10 qps',
    ' ███▍░░░░░ measuring · 23 s · 37 s left',
    ' rate      10.1/s of 10/s · 3 in flight · 4 queued · 230 done',
    '           ▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄ 5/s to 12/s',
    ' latency   now p50 83.2 ms · p99 120 ms',
    '           so far p50 81 ms · p99 118 ms',
    '           ▁▁▁▁▂▂▂▂▂▂▂▃▃▃▃▃▃▄ ▄▄▄▄▄▅▅▅▅▅▅▅▆▆▆▆▆▆▇▇▇▇▇▇▇████ p99 102 ms to 149 ms',
    ' tokens    1,280/s · TTFT p50 40 ms · p99 80 ms',
    ' errors    1.7 % · 2 http · 1 timeout · 1 dropped',
    ' alert     CPU of host above 90 % from 12 s on',
    ' generator lag p99 300 us · CPU 12 %',
    ' watched   host CPU 50 % · memory 3.2 GB · gpu 0 busy 80 % · memory 7 GB',
  ])
})

test('40 columns break lines between the numbers', () => {
  expect(panel([FULL], 40)).toEqual([
    ' holds 10 qps',
    ' ███▍░░░░░ measuring · 23 s · 37 s left',
    ' rate      10.1/s of 10/s · 3 in flight',
    '           4 queued · 230 done',
    '           ▄▅▆▇█▁▂▃▄▅▆▇█▁▂▃▄ 5/s to 12/s',
    ' latency   now p50 83.2 ms · p99 120 ms',
    '           so far p50 81 ms · p99 118 ms',
    ' tokens    1,280/s · TTFT p50 40 ms',
    '           p99 80 ms',
    ' errors    1.7 % · 2 http · 1 timeout',
    '           1 dropped',
    ' alert     CPU of host above 90 % from',
    '           12 s on',
    ' generator lag p99 300 us · CPU 12 %',
    ' watched   host CPU 50 % · memory 3.2 GB',
    '           gpu 0 busy 80 % · memory 7 GB',
  ])
})

test.each([12, 20, 40, 80, 120, 250])('no line is wider than %i columns', (columns) => {
  const wide = { ...FULL, title: '音声'.repeat(80) }
  const services = [wide, wide].map((load, i) => ({ ...load, service: { name: `音${i}`, of: 2 } }))
  for (const line of [...panel([wide], columns), ...panel(services, columns)]) {
    expect(displayWidth(line)).toBeLessThanOrEqual(columns)
  }
})

test('a low screen keeps where the load stands, its rate and latency longest, at last one line', () => {
  expect(panel([FULL], 80, 5)).toEqual(
    panel([FULL], 80)
      .filter((line) => /holds|left|rate|now|errors|alert/.test(line))
      .slice(0, 4),
  )
  expect(panel([FULL], 80, 6).join('\n')).toMatch(/errors.*\n alert/)
  expect(panel([FULL, { ...FULL, loadId: 'b' }], 80, 2).map((line) => line.slice(0, 16))).toEqual([
    'perf · measuring',
    'perf · measuring',
  ])
  expect(panel([FULL], 80, 0)).toEqual([])
})

test('services stand side by side where there is room, else one below the other', () => {
  const services = ['llm', 'tts'].map((name) =>
    liveSnapshotOf({ title: `all at once · ${name}`, service: { name, of: 2 } }),
  )
  expect(panel(services, 120).slice(0, 2)).toEqual([
    ' llm · all at once                                            tts · all at once',
    ' ███▍░░░░░ measuring · 23 s · 37 s left                       ███▍░░░░░ measuring · 23 s · 37 s left',
  ])
  expect(panel(services, 80).filter((line) => line.endsWith('all at once'))).toEqual([
    ' llm · all at once',
    ' tts · all at once',
  ])
})

test('a load without a known end, without a rate and before its first answer shows what there is', () => {
  const users = liveSnapshotOf({
    state: 'warmup',
    note: 'until steady',
    remainingUs: null,
    progress: null,
    askedRate: null,
    usersActive: 5,
    qps: 0,
    completed: 0,
    failed: 0,
    failedByKind: {},
    inFlight: 0,
    latencyP50Us: null,
    latencyP99Us: null,
  })
  expect(panel([users], 80)).toEqual([
    ' holds 10 qps',
    '           warm-up (until steady) · 23 s',
    ' rate      0/s · 5 users · 0 done',
    ' latency   now p50 n/a · p99 n/a',
  ])
  expect(panel([{ ...users, state: 'measure', note: null, progress: 0.256 }], 80)[1]).toBe(
    ' ██▎░░░░░░ measuring · 23 s · 26 %',
  )
  expect(panel([{ ...users, state: 'preparing', note: null }], 80)).toEqual([' preparing · holds 10 qps'])
})
