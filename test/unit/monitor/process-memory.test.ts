import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ProcessMemory } from '../../../src/monitor/process-memory.ts'

interface FakeProcess {
  readonly rssKiB?: number
  readonly start?: number
  /** Children of each of its threads. */
  readonly threads?: readonly (readonly number[])[]
}

/** A file system of processes as Linux shows it. */
function fakeProc(processes: Readonly<Record<number, FakeProcess>>): string {
  const proc = mkdtempSync(join(tmpdir(), 'perf-proc-'))
  onTestFinished(() => rmSync(proc, { recursive: true, force: true }))
  mkdirSync(join(proc, 'self'))
  writeFileSync(join(proc, 'self', 'status'), '')
  for (const [pid, parts] of Object.entries(processes)) put(proc, Number(pid), parts)
  return proc
}

function put(proc: string, pid: number, { rssKiB, start = 100, threads = [[]] }: FakeProcess): void {
  const directory = join(proc, String(pid))
  threads.forEach((children, i) => {
    const thread = join(directory, 'task', String(pid + i))
    mkdirSync(thread, { recursive: true })
    writeFileSync(join(thread, 'children'), children.map((child) => `${child} `).join(''))
  })
  const fields = ['S', ...Array.from({ length: 18 }, () => '0'), start, '0'].join(' ')
  writeFileSync(join(directory, 'stat'), `${pid} (a (strange) name) ${fields}\n`)
  const rss = rssKiB === undefined ? '' : `VmRSS:\t   ${rssKiB} kB\n`
  writeFileSync(join(directory, 'status'), `Name:\tx\nVmPeak:\t 9 kB\n${rss}Threads:\t1\n`)
}

test('adds up the process and all of its descendants, of all threads', () => {
  const proc = fakeProc({
    10: { rssKiB: 100, threads: [[20], [30]] },
    20: { rssKiB: 10, threads: [[40]] },
    30: { rssKiB: 1 },
    40: { rssKiB: 1000 },
    99: { rssKiB: 1e6 },
  })
  const memory = new ProcessMemory(10, proc)
  expect(memory.obstacle).toBeNull()
  expect(memory.read()).toEqual({ rssBytes: 1111 * 1024, processes: 4 })
})

test('children that come and go, and zombies, are no error', () => {
  const proc = fakeProc({ 10: { rssKiB: 100, threads: [[20, 30]] }, 30: {} })
  const memory = new ProcessMemory(10, proc)
  expect(memory.read()).toEqual({ rssBytes: 100 * 1024, processes: 1 })
  put(proc, 20, { rssKiB: 5 })
  expect(memory.read()).toEqual({ rssBytes: 105 * 1024, processes: 2 })
})

test('a process that has ended has no memory, nor has another one with its pid', () => {
  const proc = fakeProc({ 10: { rssKiB: 100 } })
  const memory = new ProcessMemory(10, proc)
  rmSync(join(proc, '10'), { recursive: true })
  expect(memory.read()).toBeNull()
  put(proc, 10, { rssKiB: 7, start: 101 })
  expect(memory.read()).toBeNull()
})

test('says in a sentence what stands in its way', () => {
  const nowhere = new ProcessMemory(10, join(tmpdir(), 'no-such-proc'))
  expect(nowhere.obstacle).toMatch(/^the memory of processes cannot be read on \w+: n\/a$/)
  expect(nowhere.read()).toBeNull()
  expect(new ProcessMemory(10, fakeProc({})).obstacle).toBe('there is no process 10 on this machine: n/a')
  const childless = fakeProc({ 10: { rssKiB: 3 } })
  rmSync(join(childless, '10', 'task', '10', 'children'))
  const alone = new ProcessMemory(10, childless)
  expect(alone.obstacle).toMatch(/does not tell the children of process 10/)
  expect(alone.read()).toEqual({ rssBytes: 3 * 1024, processes: 1 })
})

test('reads a real process with its child as the system does', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => {}, 1000)'], { stdio: 'pipe' })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const memory = new ProcessMemory(process.pid)
  const own = process.memoryUsage.rss()
  const both = memory.read()
  expect(both !== null).toBe(process.platform === 'linux')
  expect(both?.processes ?? 2).toBeGreaterThanOrEqual(2)
  expect(both?.rssBytes ?? Infinity).toBeGreaterThan(0.7 * own + 20e6)
})
