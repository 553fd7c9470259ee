import { expect, test } from 'vitest'
import { liveLine } from '../../../reporters/terminal/live-line.ts'
import { LiveView } from '../../../reporters/terminal/live-view.ts'
import { displayWidth } from '../../../src/format/display-width.ts'
import { PLAIN_STYLE } from '../../../src/format/style.ts'
import { liveSnapshotOf } from '../../support/live-snapshot.ts'

const SNAPSHOT = liveSnapshotOf({})

function viewOf(isTTY: boolean): { view: LiveView; printed: string[]; clock: { ms: number } } {
  const printed: string[] = []
  const clock = { ms: 0 }
  return {
    view: new LiveView({
      columns: () => 120,
      rows: () => 40,
      isTTY,
      style: PLAIN_STYLE,
      write: (line) => printed.push(line),
      now: () => clock.ms,
    }),
    printed,
    clock,
  }
}

test('a line has the figures, the most important ones first', () => {
  expect(liveLine(SNAPSHOT, 130)).toBe(
    'perf · measuring · 23 s of 60 s · 10.1 qps of 10/s · p50 83.2 ms · p99 120 ms · 2 failed · 230 done · 3 in flight',
  )
  expect(
    liveLine(
      {
        ...SNAPSHOT,
        remainingUs: null,
        askedRate: null,
        tokensPerSecond: 1280,
        dropped: 1,
        queued: 4,
        latencyP50Us: null,
        latencyP99Us: null,
      },
      97,
    ),
  ).toBe('perf · measuring · 23 s · 38 % · 10.1 qps · 1,280 tokens/s · 2 failed · 1 dropped · 230 done · 3…')
  expect(liveLine({ ...SNAPSHOT, state: 'waiting' }, 120)).toBe('perf · waiting for the machine · holds 10 qps')
})

test.each([20, 40, 80])('a line is never wider than %i columns', (columns) => {
  expect(displayWidth(liveLine({ ...SNAPSHOT, title: '音声'.repeat(30) }, columns))).toBeLessThanOrEqual(columns)
})

test.each([
  [true, [0, 2_000, 4_000]],
  [false, [0]],
])('on a terminal (%s) lines come in its own period', (isTTY, times) => {
  const { view, printed, clock } = viewOf(isTTY)
  const at: number[] = []
  for (clock.ms = 0; clock.ms < 5_500; clock.ms += 500) {
    const before = printed.length
    view.update(SNAPSHOT)
    if (printed.length > before) at.push(clock.ms)
  }
  expect(at).toEqual(times)
})

test('a log gets a line every ten seconds', () => {
  const { view, printed, clock } = viewOf(false)
  for (clock.ms = 0; clock.ms <= 30_000; clock.ms += 1_000) view.update(SNAPSHOT)
  expect(printed).toHaveLength(4)
})

test('every change of state or load is a line at once', () => {
  const { view, printed } = viewOf(false)
  view.update({ ...SNAPSHOT, state: 'preparing' })
  view.update({ ...SNAPSHOT, state: 'warmup' })
  view.update({ ...SNAPSHOT, state: 'warmup' })
  view.update({ ...SNAPSHOT, state: 'done' })
  view.update({ ...SNAPSHOT, loadId: 'b', state: 'done' })
  expect(printed.map((line) => line.split(' · ')[1])).toEqual(['preparing', 'warm-up', 'done', 'done'])
})

test('services that are loaded together share the lines of one load among them, by name', () => {
  const { view, printed, clock } = viewOf(true)
  const services = ['llm', 'tts', 'asr'].map((name) => ({ ...SNAPSHOT, loadId: name, service: { name, of: 3 } }))
  for (clock.ms = 0; clock.ms < 12_000; clock.ms += 500) services.forEach((snapshot) => view.update(snapshot))
  expect(printed.map((line) => line.split(' · ')[1])).toEqual(['llm', 'tts', 'asr', 'llm', 'tts', 'asr'])
})

/** What of Vitest's default reporter draws its window. */
function vitestReporter() {
  const summary = {
    renderer: { windowHeight: 0, redrawn: 0, schedule: (): number => summary.renderer.redrawn++ },
    createSummary: () => ['', ' Tests 1 passed'],
  }
  return { summary, window: (): string[] => summary.createSummary() }
}

test('in the window of Vitest a panel stands above its own lines while a load runs, and no line is printed', () => {
  const { view, printed } = viewOf(true)
  const { summary, window } = vitestReporter()
  view.join([{ onInit: (): void => undefined }, { summary }])
  expect(window()).toEqual(['', ' Tests 1 passed'])
  view.update(SNAPSHOT)
  expect(summary.renderer.redrawn).toBe(1)
  expect(window().slice(0, 2)).toEqual(['', ' holds 10 qps'])
  expect(window().slice(-2)).toEqual(['', ' Tests 1 passed'])
  expect(printed).toEqual([])
  view.done('a', '600 requests, 10/s good')
  expect(printed).toEqual(['perf · holds 10 qps · 600 requests, 10/s good'])
  expect(window()).toEqual(['', ' Tests 1 passed'])
})

test('the panel of a load that never came to numbers goes without a line', () => {
  const { view, printed } = viewOf(true)
  const { summary, window } = vitestReporter()
  view.join([{ summary }])
  view.update({ ...SNAPSHOT, state: 'preparing' })
  view.ended('a')
  expect([window(), printed]).toEqual([['', ' Tests 1 passed'], []])
})

test.each([
  ['without a terminal', false, [vitestReporter()]],
  ['beside reporters that only print', true, [{ summary: undefined, createSummary: (): string[] => [] }]],
  ['where Vitest tells no reporters', true, undefined],
])('%s lines are printed', (_, isTTY, reporters) => {
  const { view, printed } = viewOf(isTTY)
  view.join(reporters)
  view.update(SNAPSHOT)
  expect(printed).toHaveLength(1)
})
