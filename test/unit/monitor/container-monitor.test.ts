import { chmodSync, writeFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { totalmem } from 'node:os'
import type { ContainerTarget } from '../../../src/domain/monitor-plan.ts'
import { ContainerDaemon } from '../../../src/monitor/container-daemon.ts'
import { ContainerMonitor } from '../../../src/monitor/container-monitor.ts'
import { FakeDaemon, type FakeContainer } from '../../support/fake-daemon.ts'

const ASR: ContainerTarget = { name: 'asr', by: 'name', containerName: 'asr' }
const LABEL: ContainerTarget = { name: 'workers', by: 'label', label: 'app=worker' }

interface Watch {
  readonly monitor: ContainerMonitor
  readonly said: string[]
  readonly start: () => Promise<readonly string[]>
}

function watching(path: string, target: ContainerTarget = ASR, withinMs?: number): Watch {
  let ms = 0
  const monitor = new ContainerMonitor(target, new ContainerDaemon({ path }, withinMs), () => (ms += 1000))
  onTestFinished(() => monitor.stop())
  const said: string[] = []
  return { monitor, said, start: async () => monitor.start((note) => said.push(note)) }
}

/** The same container two seconds later. */
const later = (one: FakeContainer, parts: FakeContainer, seconds = 2): FakeContainer => ({
  ...one,
  ...parts,
  atMs: (one.atMs ?? 1e12) + seconds * 1e3,
})

describe('a container', () => {
  test('uses what it used between two readings, of what it may use', async () => {
    const daemon = await FakeDaemon.start()
    const limits = { Memory: 4e9, NanoCpus: 2e9 }
    // What the kernel can drop at once is not in use: the newer kernels' name of it, and the older one's.
    const memory = { usage: 3.6e9, limit: 4e9, stats: { inactive_file: 0.2e9, anon: 3.4e9 } }
    const first: FakeContainer = { limits, memory, cpuSeconds: 100, periods: [1000, 10], network: [1e6, 2e6], pids: 12 }
    daemon.containers.set('asr', first)
    const { monitor, start, said } = watching(daemon.path)
    expect(await start()).toEqual([])
    expect(monitor.watched).toEqual({ kind: 'container', name: 'asr', cores: 2, memoryBytes: 4e9 })
    expect(await monitor.sample()).toEqual({
      containers: 1,
      restarts: 0,
      oomKills: 0,
      memory: 3.4e9,
      memoryLimitShare: 0.85,
      pids: 12,
    })
    daemon.containers.set('asr', later(first, { cpuSeconds: 103, periods: [1020, 15], network: [2e6, 2.5e6] }))
    expect(await monitor.sample()).toEqual({
      containers: 1,
      restarts: 0,
      oomKills: 0,
      cpuCores: 1.5,
      cpuLimitShare: 0.75,
      cpuThrottled: 0.25,
      memory: 3.4e9,
      memoryLimitShare: 0.85,
      pids: 12,
      networkReceived: 1e6,
      networkSent: 5e5,
    })
    expect(said).toEqual([])
  })

  test.each([
    ['a quota', { CpuQuota: 150_000, CpuPeriod: 50_000 }, 3],
    ['a quota of the usual period', { CpuQuota: 50_000 }, 0.5],
    ['no limit, or all of the machine', { CpuQuota: -1 }, 4],
    ['more than there is', { NanoCpus: 64e9 }, 4],
  ])('may use cores by %s', async (_, limits, cores) => {
    const daemon = await FakeDaemon.start()
    const { monitor } = watching(daemon.path)
    daemon.containers.set('asr', { limits })
    await monitor.sample()
    daemon.containers.set('asr', later({ limits }, { cpuSeconds: 1 }))
    expect(await monitor.sample()).toMatchObject({ cpuCores: 0.5, cpuLimitShare: 0.5 / cores })
  })

  test.each([
    ['older kernels', { usage: 1e9, limit: 2e9, stats: { total_inactive_file: 4e8, inactive_file: 1 } }, 6e8, 2e9],
    ['Podman, which has subtracted it', { usage: 1e9, limit: 2e9, stats: null }, 1e9, 2e9],
    ['a cache that grew meanwhile', { usage: 1e9, limit: 2e9, stats: { inactive_file: 2e9 } }, 1e9, 2e9],
    ['no limit', { usage: 1e9, limit: 2 ** 64 }, 1e9, totalmem()],
  ])('holds memory as %s tell it', async (_, memory, bytes, limit) => {
    const daemon = await FakeDaemon.start({ podman: true })
    const { monitor } = watching(daemon.path)
    daemon.containers.set('asr', { memory })
    expect(await monitor.sample()).toMatchObject({ memory: bytes, memoryLimitShare: bytes / limit })
    expect(monitor.watched).toMatchObject({ cores: null, memoryBytes: null })
  })

  test('comes, goes, restarts, and is set up anew without an error', async () => {
    const daemon = await FakeDaemon.start()
    const { monitor, start, said } = watching(daemon.path)
    expect(await start()).toEqual(["there is no container 'asr': n/a until there is one"])
    expect(await monitor.sample()).toEqual({ containers: 0, restarts: 0, oomKills: 0 })
    const first: FakeContainer = { cpuSeconds: 50 }
    daemon.containers.set('asr', first)
    expect(await monitor.sample()).toMatchObject({ containers: 1, restarts: 0 })
    // Its counters begin anew: the difference would be nonsense.
    const again = later(first, { cpuSeconds: 60, startedAt: '2026-01-02T00:00:00Z', restarts: 2 })
    daemon.containers.set('asr', again)
    const restarted = await monitor.sample()
    expect(restarted).toMatchObject({ containers: 1, restarts: 2 })
    expect(restarted).not.toHaveProperty('cpuCores')
    daemon.containers.set('asr', later(again, { cpuSeconds: 61 }))
    expect(await monitor.sample()).toMatchObject({ cpuCores: 0.5 })
    daemon.containers.set('asr', { ...again, running: false })
    expect(await monitor.sample()).toEqual({ containers: 0, restarts: 2, oomKills: 0 })
    daemon.containers.delete('asr')
    expect(await monitor.sample()).toEqual({ containers: 0, restarts: 2, oomKills: 0 })
    daemon.containers.set('asr', { id: 'another', startedAt: '2026-01-03T00:00:00Z' })
    expect(await monitor.sample()).toMatchObject({ containers: 1, restarts: 3 })
    expect(said).toEqual([])
  })

  test('that does not run when the load starts says so', async () => {
    const daemon = await FakeDaemon.start()
    daemon.containers.set('asr', { running: false })
    expect(await watching(daemon.path).start()).toEqual(['it does not run: n/a until it does'])
  })

  test("of Docker counts the kernel's kills by its events, also those that it survived or that ended it", async () => {
    const daemon = await FakeDaemon.start()
    daemon.containers.set('asr', {})
    const { monitor, start } = watching(daemon.path)
    await start()
    expect(await monitor.sample()).toMatchObject({ oomKills: 0 })
    daemon.ooms = 2
    expect(await monitor.sample()).toMatchObject({ oomKills: 2 })
    daemon.ooms = 1
    daemon.containers.set('asr', { running: false, oomKilled: true })
    expect(await monitor.sample()).toEqual({ containers: 0, restarts: 0, oomKills: 3 })
    expect(await monitor.sample()).toMatchObject({ oomKills: 3 })
  })

  test('of Podman counts them by the mark that it leaves', async () => {
    const daemon = await FakeDaemon.start({ podman: true })
    daemon.containers.set('asr', { oomKilled: true })
    const { monitor } = watching(daemon.path)
    // It was killed before anybody looked.
    expect(await monitor.sample()).toMatchObject({ oomKills: 0 })
    daemon.containers.set('asr', { startedAt: '2026-01-02T00:00:00Z' })
    await monitor.sample()
    daemon.containers.set('asr', { startedAt: '2026-01-02T00:00:00Z', running: false, oomKilled: true })
    expect(await monitor.sample()).toMatchObject({ oomKills: 1 })
    expect(await monitor.sample()).toMatchObject({ oomKills: 1 })
    expect(daemon.asked).not.toContain('/events')
  })

  test('without a network of its own has no traffic', async () => {
    const daemon = await FakeDaemon.start()
    const { monitor } = watching(daemon.path)
    daemon.containers.set('asr', { network: null })
    await monitor.sample()
    daemon.containers.set('asr', later({ network: null }, { cpuSeconds: 1 }))
    expect(await monitor.sample()).not.toHaveProperty('networkReceived')
  })
})

test('containers of one label count together, whichever they are', async () => {
  const daemon = await FakeDaemon.start()
  const labels = { app: 'worker' }
  const limits = { Memory: 2e9, NanoCpus: 1e9 }
  const [one, two]: FakeContainer[] = [
    { labels, limits },
    { labels, limits, memory: { usage: 5e8 } },
  ]
  daemon.containers.set('other', { memory: { usage: 9e9 } })
  daemon.containers.set('one', one!)
  daemon.containers.set('two', two!)
  const { monitor, start } = watching(daemon.path, LABEL)
  expect(await start()).toEqual([])
  expect(monitor.watched).toEqual({ kind: 'container', name: 'workers', cores: 2, memoryBytes: 4e9 })
  expect(await monitor.sample()).toMatchObject({ containers: 2, memory: 1.5e9, memoryLimitShare: 0.375 })
  daemon.containers.set('one', later(one!, { cpuSeconds: 1 }))
  daemon.containers.set('two', later(two!, { cpuSeconds: 0.5 }))
  expect(await monitor.sample()).toMatchObject({ cpuCores: 0.75, cpuLimitShare: 0.375 })
  daemon.containers.delete('two')
  expect(await monitor.sample()).toMatchObject({ containers: 1, memory: 1e9, memoryLimitShare: 0.5 })
  daemon.containers.clear()
  expect(await monitor.sample()).toMatchObject({ containers: 0 })
  expect(await start()).toEqual(['no container has the label app=worker: n/a until there is one'])
})

describe('a daemon that does not tell is one clear line, at the start or when it happens', () => {
  const json = { 'content-type': 'application/json' }

  test.each<[string, FakeDaemon['whim'], RegExp]>([
    [
      'HTML',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>'),
      /did not answer as Docker or Podman do \(it sent no JSON\): n\/a meanwhile$/,
    ],
    [
      'an HTML page of what is not there',
      (_, response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not found</html>'),
      /\(it sent no JSON\): n\/a meanwhile$/,
    ],
    ['half of JSON', (_, response) => response.writeHead(200, json).end('{"Id": "x"'), /did not answer as Docker/],
    ['other JSON', (_, response) => response.writeHead(200, json).end('[]'), /did not answer as Docker/],
    [
      'an error',
      (_, response) => response.writeHead(500, json).end('{"message":"server\\nerror"}'),
      /answered 500: .*: n\/a meanwhile$/,
    ],
    ['no HTTP', (request) => request.socket.end('hello\n'), /did not answer as Docker or Podman do/],
    ['nothing', () => undefined, /did not answer within 0\.4 s: n\/a meanwhile$/],
    ['an answer without an end', (_, response) => response.writeHead(200, json).write('{'), /within 0\.4 s/],
    [
      'more than any container has to tell',
      (_, response) => response.writeHead(200, json).end(Buffer.alloc(5 << 20, '{')),
      /did not answer as Docker or Podman do/,
    ],
  ])('%s', async (_, whim, line) => {
    const daemon = await FakeDaemon.start()
    daemon.whim = whim
    const { monitor, start, said } = watching(daemon.path, ASR, line.source.includes('within') ? 400 : 10_000)
    const [note, ...others] = await start()
    expect(others).toEqual([])
    expect(note).toMatch(line)
    expect(note).not.toContain('\n')
    expect(await monitor.sample()).toBeNull()
    expect(said).toEqual([note])
    daemon.whim = null
    daemon.containers.set('asr', {})
    expect(await monitor.sample()).toMatchObject({ containers: 1 })
  })

  test('no socket', async () => {
    const [note] = await watching('/nowhere/docker.sock').start()
    expect(note).toBe(
      'the container daemon at /nowhere/docker.sock is not there: start Docker or Podman, or name its socket in DOCKER_HOST=unix:///path: n/a meanwhile',
    )
  })

  test('a socket that nobody listens on', async () => {
    const daemon = await FakeDaemon.start()
    const { monitor } = watching(daemon.path)
    await monitor.sample()
    await daemon.end()
    const { said, start, monitor: other } = watching(daemon.path)
    expect(await start()).toHaveLength(1)
    expect(await monitor.sample()).toBeNull()
    expect(await other.sample()).toBeNull()
    expect(said).toHaveLength(1)
  })

  test.skipIf(process.platform === 'win32')('a socket that is a file, or that is not ours', async () => {
    const daemon = await FakeDaemon.start()
    const file = `${daemon.path}.file`
    writeFileSync(file, '')
    expect((await watching(file).start())[0]).toMatch(/does not run: nobody listens on the socket/)
    chmodSync(daemon.path, 0)
    const [note] = await watching(daemon.path).start()
    // root may use every socket.
    expect(note).toMatch(process.getuid?.() === 0 ? /there is no container/ : /does not let this user in/)
  })

  test('nothing is said of a watch that ended while it was asked', async () => {
    const daemon = await FakeDaemon.start()
    const { monitor, start, said } = watching(daemon.path)
    await start()
    daemon.whim = () => monitor.stop()
    expect(await monitor.sample()).toBeNull()
    expect(said).toEqual([])
  })
})
