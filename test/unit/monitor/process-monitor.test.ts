import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ProcessTarget } from '../../../src/domain/monitor-plan.ts'
import { ProcessMonitor } from '../../../src/monitor/process-monitor.ts'
import { FakeProc, type FakeProcess } from '../../support/fake-proc.ts'

const SELF = 5
let nowMs = 0

function monitorOf(target: ProcessTarget, processes: Readonly<Record<number, FakeProcess>>) {
  const proc = new FakeProc({ [SELF]: {}, ...processes })
  const monitor = new ProcessMonitor(target, { proc: proc.path, self: SELF, nowMs: () => nowMs })
  return { proc, monitor, notes: monitor.start() }
}

const PID: ProcessTarget = { name: 'process 10', by: 'pid', pid: 10 }
const PORT: ProcessTarget = { name: 'port 8000', by: 'port', port: 8000 }
const named = (processName: string): ProcessTarget => ({ name: `process ${processName}`, by: 'name', processName })

test('adds up a tree: memory, threads, files, and the rates since the last sample', () => {
  const { proc, monitor, notes } = monitorOf(PID, {
    10: { rssKiB: 100, pssKiB: 80, threads: [[20], []], sockets: [1, 2] },
    20: { parent: 10, rssKiB: 10, pssKiB: 5, sockets: [3] },
  })
  expect(notes).toEqual([])
  expect(monitor.sample(0)).toEqual({ processes: 2, threads: 3, rss: 110 * 1024 })
  proc.put(20, { parent: 10, rssKiB: 30, pssKiB: 5, ticks: 75, majorFaults: 8, sockets: [3] })
  expect(monitor.sample(500_000)).toEqual({
    processes: 2,
    threads: 3,
    rss: 130 * 1024,
    cpuCores: 1.5,
    majorFaults: 16,
    pss: 85 * 1024,
    openFiles: 3,
  })
  // Those two cost the target something and come every two seconds.
  expect(monitor.sample(1e6)).not.toHaveProperty('pss')
  nowMs = 2000
  onTestFinished(() => void (nowMs = 0))
  expect(monitor.sample(1.5e6)).toMatchObject({ pss: 85 * 1024, openFiles: 3, cpuCores: 0 })
})

test('what cannot be read of one of them is left out, not counted as 0', () => {
  const { monitor } = monitorOf(PID, { 10: { rssKiB: 100, threads: [[20]] }, 20: { parent: 10, rssKiB: 1, pssKiB: 5 } })
  monitor.sample(0)
  expect(monitor.sample(1e6)).toHaveProperty('openFiles')
  nowMs = 9000
  onTestFinished(() => void (nowMs = 0))
  expect(monitor.sample(2e6)).not.toHaveProperty('pss')
})

describe('says in a sentence what stands in its way, and has no samples', () => {
  test('on other systems', () => {
    const monitor = new ProcessMonitor(PID, { proc: join(tmpdir(), 'no-such-proc') })
    expect(monitor.start()).toEqual([expect.stringMatching(/^processes cannot be watched on \w+: n\/a$/)])
    expect(monitor.sample(0)).toBeNull()
  })

  test('for a pid that no process has, for good', () => {
    const { proc, monitor, notes } = monitorOf(PID, {})
    expect(notes).toEqual(['there is no process 10 on this machine: n/a'])
    proc.put(10, { rssKiB: 5 })
    expect(monitor.sample(0)).toBeNull()
  })
})

test('where the kernel does not tell children the process alone is watched', () => {
  const proc = new FakeProc({ 10: { rssKiB: 3, threads: [] } })
  const monitor = new ProcessMonitor(PID, { proc: proc.path })
  expect(monitor.start()).toEqual([expect.stringContaining('does not tell the children of process 10')])
  expect(monitor.sample(0)).toMatchObject({ rss: 3 * 1024 })
})

test('a process that has ended is not there, and another one with its pid is not it', () => {
  const { proc, monitor } = monitorOf(PID, { 10: { rssKiB: 100 } })
  proc.end(10)
  expect(monitor.sample(0)).toEqual({ processes: 0 })
  proc.put(10, { rssKiB: 7, start: 101 })
  expect(monitor.sample(1e6)).toEqual({ processes: 0 })
})

describe('by name', () => {
  test.each([
    ['the name that the kernel has', { comm: 'ollama' }, 'ollama'],
    [
      'a longer name of the command line',
      { comm: 'very-long-progr', command: '/opt/very-long-program\0-p\0' },
      'very-long-program',
    ],
  ])('finds %s', (_, parts, name) => {
    const { monitor, notes } = monitorOf(named(name), {
      10: { rssKiB: 1, ...parts },
      11: { rssKiB: 2, ...parts },
      12: {},
    })
    expect(notes).toEqual([])
    expect(monitor.sample(0)).toMatchObject({ processes: 2, rss: 3 * 1024 })
  })

  test('neither the tool nor the processes that it started are called anything', () => {
    const { notes } = monitorOf(named('node'), {
      3: { comm: 'node' },
      [SELF]: { comm: 'node', parent: 3 },
      10: { comm: 'node', parent: SELF },
    })
    expect(notes).toEqual(["no process on this machine is called 'node': n/a until there is one"])
  })
})

describe('by port', () => {
  const TABLE = (state: string): string =>
    `  sl  local_address rem_address   st\n   0: 0100007F:1F40 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000  1000  0 777 1\n`

  test('finds who listens, and not who is connected', () => {
    const { proc, monitor, notes } = monitorOf(PORT, { 10: { rssKiB: 1, sockets: [5, 777] }, 11: { sockets: [6] } })
    expect(notes).toEqual(['nothing listens on port 8000 of this machine: n/a until there is one'])
    proc.write('net/tcp', TABLE('01'))
    expect(new ProcessMonitor(PORT, { proc: proc.path }).start()).toHaveLength(1)
    proc.write('net/tcp6', TABLE('0A'))
    const found = new ProcessMonitor(PORT, { proc: proc.path })
    expect(found.start()).toEqual([])
    expect(found.sample(0)).toMatchObject({ processes: 1, rss: 1024 })
    expect(monitor.sample(0)).toEqual({ processes: 0 })
  })

  test("says when the listener is somebody else's", () => {
    const { proc } = monitorOf(PORT, { 11: { sockets: [6] } })
    proc.write('net/tcp', TABLE('0A'))
    expect(new ProcessMonitor(PORT, { proc: proc.path }).start()).toEqual([
      "the process that listens on port 8000 is another user's or in another container: n/a until there is one",
    ])
  })
})

test('a server is followed through its restart', () => {
  onTestFinished(() => void (nowMs = 0))
  const environ = 'A=1\0VITEST_PERF_SERVER=abc\0B=2\0'
  const { proc, monitor, notes } = monitorOf(
    { name: 'server', by: 'server', pid: 10, serverId: 'abc' },
    { 10: { rssKiB: 100, environ }, 12: { environ: 'VITEST_PERF_SERVER=abcd\0' } },
  )
  expect(notes).toEqual([])
  expect(monitor.sample(0)).toMatchObject({ rss: 100 * 1024 })
  proc.end(10)
  expect(monitor.sample(1e6)).toEqual({ processes: 0 })
  proc.put(30, { rssKiB: 5, ticks: 999, environ, threads: [[31]] })
  proc.put(31, { rssKiB: 6, parent: 30, environ })
  nowMs = 3000
  expect(monitor.sample(2e6)).toEqual({ processes: 0 })
  const again = monitor.sample(3e6)
  expect(again).toMatchObject({ processes: 2, rss: 11 * 1024 })
  expect(again).not.toHaveProperty('cpuCores')
  expect(monitor.sample(4e6)).toMatchObject({ processes: 2, cpuCores: 0 })
})
