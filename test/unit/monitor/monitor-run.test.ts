import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { ResourceSample, ResourceValues } from '../../../src/domain/resource.ts'
import { MonitorRun } from '../../../src/monitor/monitor-run.ts'
import type { Monitor } from '../../../src/monitor/monitor.ts'

beforeEach(() => vi.useFakeTimers({ now: 5000 }))
afterEach(() => vi.useRealTimers())

const nowUs = (): number => Date.now() * 1000

function monitor(name: string, sample: Monitor['sample'], notes: readonly string[] = []): Monitor {
  return {
    watched: { kind: 'process', name, cores: 4, memoryBytes: 1e9 },
    start: () => notes,
    sample,
    stop: () => undefined,
  }
}

/** Tells how many milliseconds of the virtual clock have gone. */
const clock = monitor('clock', () => ({ memory: Date.now() }), ['a note'])

async function started(
  ...monitors: readonly Monitor[]
): Promise<{ run: MonitorRun; heard: [ResourceSample, boolean][] }> {
  const run = new MonitorRun(monitors, 500_000, nowUs)
  await run.start()
  const heard: [ResourceSample, boolean][] = []
  return { run, heard }
}

test('keeps what it sees without load, leaves out what comes before the load, and then tells each sample', async () => {
  const { run, heard } = await started(clock)
  const idle = run.idle(1e6)
  await vi.advanceTimersByTimeAsync(1020)
  await idle
  await vi.advanceTimersByTimeAsync(600)
  run.listen((...sample) => heard.push(sample))
  await vi.advanceTimersByTimeAsync(1000)
  run.stop()
  await vi.advanceTimersByTimeAsync(2000)
  expect(run.watched).toEqual([{ ...clock.watched, notes: ['a note'] }])
  expect(heard.map(([{ atUs, values }, resting]) => [atUs / 1e3, values.memory, resting])).toEqual([
    [5500, 5500, true],
    [6000, 6000, true],
    [7000, 7000, false],
    [7500, 7500, false],
  ])
})

test('all listeners hear what was seen without load', async () => {
  const { run, heard } = await started(clock)
  const idle = run.idle(500_000)
  await vi.advanceTimersByTimeAsync(520)
  await idle
  run.listen((...sample) => heard.push(sample))
  run.listen((...sample) => heard.push(sample))
  run.stop()
  expect(heard).toHaveLength(2)
})

test('a source that stalls stalls no other, and its next sample covers the time', async () => {
  let answer: (values: ResourceValues | null) => void = () => undefined
  let calls = 0
  const stalled = monitor('stalled', () =>
    // The first call is where counters begin.
    ++calls === 1 ? null : new Promise<ResourceValues | null>((resolve) => (answer = resolve)),
  )
  const { run, heard } = await started(stalled, clock)
  run.listen((...sample) => heard.push(sample))
  await vi.advanceTimersByTimeAsync(2010)
  expect(heard.map(([{ watched }]) => watched)).toEqual(['clock', 'clock', 'clock', 'clock'])
  expect(calls).toBe(2)
  answer(null)
  await vi.advanceTimersByTimeAsync(500)
  answer({ memory: 7 })
  await vi.advanceTimersByTimeAsync(0)
  run.stop()
  expect(heard.find(([{ watched }]) => watched === 'stalled')?.[0]).toMatchObject({
    values: { memory: 7 },
    spanUs: 2e6,
  })
})

test('waiting for the idle baseline ends at once when the load is given up', async () => {
  const { run } = await started(clock)
  const idle = run.idle(30e6)
  run.stop()
  await idle
  await run.idle(30e6)
  expect(Date.now()).toBe(5000)
})

test('sources are read one after the other, each at its own steady pace, the last of them still while nothing runs', async () => {
  const names = ['a', 'b', 'c']
  const { run, heard } = await started(...names.map((name) => monitor(name, () => ({ memory: Date.now() }))))
  const idle = run.idle(1e6)
  await vi.advanceTimersByTimeAsync(1040)
  await idle
  run.listen((...sample) => heard.push(sample))
  run.stop()
  await vi.advanceTimersByTimeAsync(1000)
  expect(heard.map(([{ watched, atUs, spanUs }, resting]) => [watched, atUs / 1e3, spanUs / 1e3, resting])).toEqual([
    ['a', 5500, 500, true],
    ['b', 5510, 510, true],
    ['c', 5520, 520, true],
    ['a', 6000, 500, true],
    ['b', 6010, 500, true],
    ['c', 6020, 500, true],
  ])
})
