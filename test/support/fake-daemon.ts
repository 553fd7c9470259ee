import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** One container as the fake daemon tells of it. */
export interface FakeContainer {
  readonly id?: string
  readonly running?: boolean
  readonly startedAt?: string
  readonly restarts?: number
  readonly oomKilled?: boolean
  readonly labels?: Readonly<Record<string, string>>
  /** Of `HostConfig`. */
  readonly limits?: object
  /** Milliseconds since 1970 at which it was read. */
  readonly atMs?: number
  readonly cpuSeconds?: number
  readonly periods?: readonly [all: number, throttled: number]
  readonly memory?: object
  readonly pids?: number
  /** Received and sent, on each of two interfaces. */
  readonly network?: readonly [number, number] | null
}

/** What it answers to everything, instead of what a daemon does. */
export type Whim = (request: IncomingMessage, response: ServerResponse) => void

/** A daemon of containers on a socket in a folder of its own; it ends with the test. */
export class FakeDaemon {
  readonly path: string
  readonly asked: string[] = []
  readonly containers: Map<string, FakeContainer> = new Map()
  /** Out-of-memory events of the next answer. */
  ooms = 0
  whim: Whim | null = null
  readonly #server: Server
  readonly #podman: boolean

  private constructor(path: string, podman: boolean) {
    this.path = path
    this.#podman = podman
    this.#server = createServer((request, response) => this.#answer(request, response))
  }

  static async start({ podman = false }: { readonly podman?: boolean } = {}): Promise<FakeDaemon> {
    const folder = mkdtempSync(join(tmpdir(), 'perf-docker-'))
    const daemon = new FakeDaemon(join(folder, 'docker.sock'), podman)
    await new Promise<void>((resolve) => daemon.#server.listen(daemon.path, resolve))
    onTestFinished(async () => {
      await daemon.end()
      rmSync(folder, { recursive: true, force: true })
    })
    return daemon
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url!, 'http://daemon')
    this.asked.push(pathname)
    if (this.whim !== null) return this.whim(request, response)
    response.setHeader('server', this.#podman ? 'Libpod/4.9.3 (linux)' : 'Docker/27.5.1 (linux)')
    response.setHeader('content-type', 'application/json')
    const filters = JSON.parse(searchParams.get('filters') ?? '{}') as { label?: string[] }
    if (pathname === '/events') {
      const events = Array.from({ length: this.ooms }, () => JSON.stringify({ Type: 'container', Action: 'oom' }))
      this.ooms = 0
      response.end(events.join('\n'))
      return
    }
    const all = [...this.containers]
    if (pathname === '/containers/json') {
      const named = all.filter(([, { labels = {} }]) =>
        (filters.label ?? []).every((label) =>
          Object.entries(labels).some(([key, value]) => `${key}=${value}` === label),
        ),
      )
      response.end(JSON.stringify(named.map(([name, one]) => ({ Id: idOf(name, one), Names: [`/${name}`] }))))
      return
    }
    const [, which = '', what] = /^\/containers\/([^/]+)\/(json|stats)$/.exec(pathname) ?? []
    const found = all.find(([name, one]) => name === decodeURIComponent(which) || idOf(name, one) === which)
    if (found === undefined) {
      response.statusCode = 404
      response.end(JSON.stringify({ message: `No such container: ${which}` }))
      return
    }
    response.end(JSON.stringify(what === 'json' ? inspection(...found) : statistics(...found, this.#podman)))
  }
}

const idOf = (name: string, { id = `id-of-${name}` }: FakeContainer): string => id

function inspection(name: string, one: FakeContainer): object {
  const { running = true, oomKilled = false, startedAt = '2026-01-01T00:00:00.1Z', restarts = 0, limits = {} } = one
  return {
    Id: idOf(name, one),
    Created: '2026-01-01T00:00:00Z',
    State: { Status: running ? 'running' : 'exited', Running: running, OOMKilled: oomKilled, StartedAt: startedAt },
    RestartCount: restarts,
    Name: `/${name}`,
    HostConfig: { Memory: 0, NanoCpus: 0, CpuPeriod: 0, CpuQuota: 0, ...limits },
  }
}

function statistics(name: string, one: FakeContainer, podman: boolean): object {
  const { running = true, atMs = 1e12, cpuSeconds = 0, periods = [0, 0], memory = {}, pids = 1, network = [0, 0] } = one
  if (!running) return { read: '0001-01-01T00:00:00Z', pids_stats: {}, memory_stats: {}, name: `/${name}` }
  const cpu = {
    cpu_usage: { total_usage: cpuSeconds * 1e9, usage_in_kernelmode: 0, usage_in_usermode: cpuSeconds * 1e9 },
    system_cpu_usage: 2_627_940_826_000,
    ...(podman ? { cpu: 0 } : { online_cpus: 4 }),
    throttling_data: { periods: periods[0], throttled_periods: periods[1], throttled_time: 0 },
  }
  const interfaces =
    network === null ? null : { rx_bytes: network[0], rx_packets: 1, tx_bytes: network[1], tx_packets: 1 }
  return {
    read: new Date(atMs).toISOString(),
    preread: '0001-01-01T00:00:00Z',
    pids_stats: { current: pids },
    blkio_stats: { io_service_bytes_recursive: null, io_serviced_recursive: null },
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpu,
    precpu_stats: { cpu_usage: { total_usage: 0 }, throttling_data: {} },
    memory_stats: { usage: 1e9, limit: 16e9, stats: { inactive_file: 0 }, ...memory },
    name: `/${name}`,
    id: idOf(name, one),
    ...(interfaces === null ? {} : { networks: { eth0: interfaces, eth1: interfaces } }),
  }
}
