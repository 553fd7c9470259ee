import { execFileSync } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { WorkerMessage } from '../../src/cluster/control-messages.ts'
import { nowUs } from '../../src/domain/shared-clock.ts'
import { processStat } from '../../src/monitor/process-stat.ts'
import type { GeneratorDelta } from '../../src/pool/protocol.ts'
import { arrivals, httpScenario, loadPlan, SECOND } from '../support/load-plan.ts'
import { LocustMaster, pythonWithLocust } from '../support/locust-master.ts'
import { PoolNode } from '../support/pool-node.ts'
import { WorkerProcess } from '../support/worker-process.ts'

const SECRET = 'a secret of the test'
const python = pythonWithLocust()
if (python === null) console.log('skipped: no Python here has Locust (apt-get install python3-locust)')

/** Counts requests, and when they came. */
class Target {
  readonly timesMs: number[] = []
  readonly #server: Server

  constructor() {
    this.#server = createServer((_, response) => {
      this.timesMs.push(performance.now())
      response.end('ok')
    })
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  since(ms: number): number {
    return this.timesMs.filter((at) => at >= ms).length
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

const deltas = (told: readonly { readonly message: WorkerMessage }[]): GeneratorDelta[] =>
  told.flatMap(({ message }) => (message.kind === 'report' && message.report.kind === 'delta' ? [message.report] : []))

/** Processes below one, as the system tells. */
function childrenOf(pid: number): number[] {
  try {
    return execFileSync('ps', ['--ppid', String(pid), '-o', 'pid='], { encoding: 'utf8' })
      .trim()
      .split(/\s+/)
      .map(Number)
  } catch {
    return []
  }
}

describe.skipIf(python === null)('vitest-perf worker on a real Locust master', () => {
  let master: LocustMaster
  let target: Target
  let pool: PoolNode
  const workers: WorkerProcess[] = []
  /** Beside the one of all tests. */
  const masters: LocustMaster[] = []

  beforeAll(async () => {
    master = await LocustMaster.start(python!)
    target = await new Target().listen()
    pool = await PoolNode.join(master.port, SECRET)
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.end()))
    await Promise.all(masters.splice(0).map((one) => one.stop()))
    pool.end.told.length = 0
    pool.refusals.length = 0
  })
  afterAll(async () => {
    await pool.close()
    target.close()
    await master.stop()
  })

  function start(args: readonly string[] = [], secret = SECRET): WorkerProcess {
    const worker = new WorkerProcess(master.port, secret, args)
    workers.push(worker)
    return worker
  }

  /** A worker alone on the master: those of earlier tests have gone. */
  async function only(args: readonly string[] = []): Promise<{ worker: WorkerProcess; id: string }> {
    const worker = start(args)
    await pool.until(() => worker.output.includes('ready as '), 'the worker')
    const id = /ready as (\S+)/.exec(worker.output)![1]!
    await pool.until(() => pool.cluster!.workers.some((one) => one.id === id && one.hello !== null), 'its hello')
    return { worker, id }
  }

  const plan = (seconds: number) => ({
    ...loadPlan(arrivals(50, seconds * SECOND), { id: 'load', gracefulStopUs: SECOND }),
    scenario: httpScenario(`http://127.0.0.1:${target.port}/`, { headers: { authorization: 'Bearer of-the-user' } }),
  })

  async function run(id: string, load: string, seconds: number): Promise<void> {
    pool.end.prepare(id, load, plan(seconds))
    await pool.told('report', (message) => message.load === load && message.report.kind === 'ready')
    pool.control({ do: 'start', users: 1 })
    pool.end.send(id, { kind: 'command', load, command: { kind: 'go', startUs: nowUs() + 50_000 } })
  }

  it('carries a load: every request is told, Locust shows it, and it stays for the next', async () => {
    const { worker, id } = await only()
    for (const load of ['first', 'second']) {
      const from = performance.now()
      await run(id, load, 2)
      await pool.told('report', ({ load: of, report }) => of === load && report.kind === 'delta' && report.final)
      const of = pool.end.told.filter(({ message }) => message.kind === 'report' && message.load === load)
      const good = deltas(of).flatMap(({ series }) => series.map(({ outcomes }) => outcomes.good))
      expect(good.reduce((sum, n) => sum + n, 0)).toBe(100)
      expect(target.since(from)).toBe(100)
      pool.end.send(id, { kind: 'end', load })
      await pool.told('gone', (message) => message.load === load)
      expect(childrenOf(worker.pid)).toEqual([])
      await sleep(1200)
      const shown = await master.stats()
      expect(shown.stats.find(({ name }) => name === 'get')).toMatchObject({ num_requests: 100, num_failures: 0 })
      pool.control({ do: 'stop' })
      await pool.until(() => pool.cluster!.state === 'stopped', 'Locust to stop')
    }
    const clock = await pool.told('clock')
    // One machine, one clock.
    expect(Math.abs(clock.offsetUs)).toBeLessThan(20_000)
    expect(`${master.log}${worker.output}`).not.toContain('of-the-user')
  })

  it('refuses what is unsigned, wrongly signed or replayed with a line each, and carries the next load', async () => {
    const { worker, id } = await only()
    pool.post(id, Buffer.from('{"kind":"prepare"}'))
    await pool.until(() => pool.refusals.includes('it is not signed'), 'a refusal')
    const stranger = await PoolNode.join(master.port, 'another secret')
    await stranger.workers(pool.cluster!.workers.filter(({ state }) => state !== 'missing').length)
    stranger.end.prepare(id, 'stolen', plan(1))
    await stranger.until(() => stranger.refusals.length > 0, 'a refusal')
    expect(stranger.refusals).toEqual([expect.stringMatching(/signed with another secret/)])
    await stranger.close()
    const recorded = pool.end.seal(id, {
      kind: 'prepare',
      load: 'recorded',
      command: { kind: 'prepare', plan: plan(1), part: { index: 0, count: 1 }, parentPid: 0 },
      files: [],
    })
    for (let i = 0; i < 2; i++) pool.post(id, recorded.sealed)
    await pool.until(() => pool.refusals.some((reason) => reason.startsWith('it is replayed')), 'a refusal')
    pool.end.send(id, { kind: 'end', load: 'recorded' })
    await pool.told('gone')
    await run(id, 'next', 1)
    await pool.told('report', ({ load, report }) => load === 'next' && report.kind === 'delta' && report.final)
    expect(worker.output.match(/refused a message/g)).toHaveLength(3)
    pool.control({ do: 'stop' })
  })

  it('sends nowhere but where it may, also when the load does not say where beforehand', async () => {
    const { id } = await only(['--allow-target', 'localhost'])
    pool.end.prepare(id, 'plain', plan(1))
    expect(await pool.told('declined')).toMatchObject({
      reason: expect.stringMatching(/127\.0\.0\.1:\d+ is not on/) as string,
    })
    const from = performance.now()
    pool.end.prepare(id, 'template', {
      ...plan(1),
      scenario: httpScenario(`http://{{host}}:${target.port}/`, { templated: true, data: [{ host: '127.0.0.1' }] }),
    })
    await pool.told('report', ({ report }) => report.kind === 'ready')
    pool.end.send(id, { kind: 'command', load: 'template', command: { kind: 'go', startUs: nowUs() + 50_000 } })
    await pool.told('report', ({ report }) => report.kind === 'delta' && report.final)
    const { errors } = deltas(pool.end.told).find((delta) => delta.errors.length > 0)!
    expect(errors[0]!.message).toMatch(/ERR_TARGET_NOT_ALLOWED/)
    expect(target.since(from)).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '%s in mid-load: gone within two seconds, and nothing left',
    async (signal) => {
      const { worker, id } = await only()
      await run(id, 'load', 30)
      await sleep(300)
      const [generator] = childrenOf(worker.pid)
      expect(generator).toBeGreaterThan(0)
      const atMs = performance.now()
      worker.kill(signal)
      expect(await worker.exited).toEqual({ code: 0, signal: null })
      expect(performance.now() - atMs).toBeLessThan(2000)
      expect(() => process.kill(generator!, 0)).toThrow('ESRCH')
      pool.control({ do: 'stop' })
    },
  )

  it('SIGKILL in mid-load: its generator goes as well', async () => {
    const { worker, id } = await only()
    await run(id, 'load', 30)
    await sleep(300)
    const [generator] = childrenOf(worker.pid)
    worker.kill('SIGKILL')
    await worker.exited
    await sleep(1000)
    const from = performance.now()
    await sleep(500)
    expect(target.since(from)).toBe(0)
    // Whoever is to bury it may take its time.
    expect(processStat('/proc', generator!)?.ended ?? true).toBe(true)
    pool.control({ do: 'stop' })
  })

  it('the master is killed and comes back: the load ends within four seconds, the worker waits and carries the next', async () => {
    const own = await LocustMaster.start(python!)
    masters.push(own)
    const itsPool = await PoolNode.join(own.port, SECRET)
    const worker = new WorkerProcess(own.port, SECRET)
    workers.push(worker)
    const [id] = await itsPool.workers(1)
    itsPool.end.prepare(id!, 'load', plan(30))
    await itsPool.told('report', ({ report }) => report.kind === 'ready')
    itsPool.end.send(id!, { kind: 'command', load: 'load', command: { kind: 'go', startUs: nowUs() + 50_000 } })
    await sleep(500)
    const killedAt = performance.now()
    await own.stop('SIGKILL')
    await sleep(4000)
    expect(target.since(killedAt + 3900)).toBe(0)
    expect(worker.output).toMatch(/the master is gone[^]*load ended: nothing was heard of the pool/)
    masters.push(await LocustMaster.start(python!, own.port))
    itsPool.cluster = null
    await itsPool.until(() => (itsPool.cluster?.workers ?? []).some(({ hello }) => hello !== null), 'the worker')
    itsPool.end.prepare(id!, 'next', plan(1))
    await itsPool.told('report', ({ load, report }) => load === 'next' && report.kind === 'ready')
    await itsPool.close()
  })
})
