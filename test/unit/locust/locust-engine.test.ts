import * as msgpackr from 'msgpackr'
import { afterEach, describe, expect, test } from 'vitest'
import type { HelloData } from '../../../src/cluster/control-messages.ts'
import { locustCodec } from '../../../src/cluster/locust-codec.ts'
import { envelopeKeys } from '../../../src/cluster/sealed-envelope.ts'
import type { LoadPlan } from '../../../src/domain/load-plan.ts'
import { LocustEngine, type LocustEngineParts } from '../../../src/locust/locust-engine.ts'
import type { TeamListener } from '../../../src/pool/engine.ts'
import type { GeneratorReport } from '../../../src/pool/protocol.ts'
import { arrivals, loadPlan, SECOND, users } from '../../support/load-plan.ts'
import { FakeMaster, WorkerEnd } from '../../support/worker-end.ts'

const SECRET = 'secret of the test'
const keys = envelopeKeys(SECRET)
const codec = locustCodec({ msgpackr })
const plan: LoadPlan = loadPlan(arrivals(60, 20 * SECOND), { id: 'load' })

const engines: LocustEngine[] = []
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close()
})

function cluster(changes: Partial<LocustEngineParts> = {}): {
  readonly master: FakeMaster
  readonly engine: LocustEngine
  readonly notes: string[]
  readonly clock: { us: number }
  readonly join: (id: string, about?: Partial<HelloData>) => WorkerEnd
} {
  const master = new FakeMaster(codec)
  const notes: string[] = []
  const clock = { us: 5 * SECOND }
  const engine = new LocustEngine({
    master: () =>
      Promise.resolve({
        address: 'tcp://load-master:5557',
        workersAt: 'load-master:5557',
        endReason: null,
        close: () => Promise.resolve(),
      }),
    secret: () => SECRET,
    minWorkers: 1,
    toleratesLost: false,
    waitForUs: 60 * SECOND,
    version: '1.0.0',
    nowUs: () => clock.us,
    wallMs: Date.now,
    note: (message) => notes.push(message),
    wire: () => Promise.resolve({ open: master.open, codec }),
    ...changes,
  })
  engines.push(engine)
  const join = (id: string, about?: Partial<HelloData>): WorkerEnd => {
    const worker = new WorkerEnd(id, codec, keys, about)
    master.workers.push(worker)
    return worker
  }
  return { master, engine, notes, clock, join }
}

interface Told {
  readonly reports: GeneratorReport[]
  readonly names: string[]
  readonly lost: string[]
  readonly stopped: string[]
  readonly listener: TeamListener
}

function told(): Told {
  const [reports, names, lost, stopped]: [GeneratorReport[], string[], string[], string[]] = [[], [], [], []]
  const listener: TeamListener = {
    report: (report) => reports.push(report),
    output: () => undefined,
    named: (index, name) => (names[index] = name),
    lost: (index, reason) => lost.push(`${index} ${reason}`),
    stopped: (reason) => stopped.push(reason),
  }
  return { reports, names, lost, stopped, listener }
}

const never = new AbortController().signal
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe('a load on a cluster', () => {
  test('is dealt to all workers, shown by Locust while it runs, and ended on each of them', async () => {
    const { master, engine, notes, join } = cluster({ minWorkers: 2 })
    const [a, b] = [join('a'), join('b')]
    const [placed] = await engine.place([plan], never)
    expect(placed).toMatchObject({ generators: 2, onLostGenerator: 'redeal', cluster: { toleratesLost: false } })
    const { reports, names, lost, listener } = told()
    const team = engine.team(placed!, listener)
    await settled()
    expect(names).toEqual(['host-a', 'host-b'])
    expect([a, b].map(({ heard }) => heard)).toEqual([
      [expect.objectContaining({ kind: 'prepare', command: expect.objectContaining({ part: { index: 0, count: 2 } }) as unknown })],
      [expect.objectContaining({ kind: 'prepare', command: expect.objectContaining({ part: { index: 1, count: 2 } }) as unknown })],
    ]) // prettier-ignore
    const { load } = a.heard[0] as { load: string }
    master.report(a, { kind: 'report', load, report: { kind: 'ready', index: 0 } })
    master.report(b, { kind: 'report', load, report: { kind: 'ready', index: 1 } })
    master.report(a, { kind: 'clock', load, offsetUs: 7e9, roundTripUs: 39_000 })
    expect(notes).toEqual([])
    master.report(b, { kind: 'clock', load, offsetUs: 0, roundTripUs: 90_000 })
    expect(notes).toEqual([expect.stringMatching(/^the clock of worker host-b is known to 45 ms only/)])
    // Of a load before this one, and in another's name: neither is a word of this generator.
    master.report(b, { kind: 'report', load: 'before', report: { kind: 'warm', index: 1 } })
    master.report(b, { kind: 'report', load, report: { kind: 'warm', index: 0 } })
    expect(reports).toEqual([
      { kind: 'ready', index: 0 },
      { kind: 'ready', index: 1 },
    ])
    expect(master.controls).not.toContainEqual(expect.objectContaining({ do: 'start' }))
    for (const index of [0, 1]) team.send(index, { kind: 'go', startUs: 77 })
    expect(master.controls.at(-1)).toEqual({ do: 'start', users: 2 })
    expect(b.heard.at(-1)).toEqual({ kind: 'command', load, command: { kind: 'go', startUs: 77 } })
    const closed = team.close()
    for (const worker of [a, b]) {
      expect(worker.heard.at(-1)).toEqual({ kind: 'end', load })
      master.report(worker, { kind: 'gone', load, reason: 'ended' })
    }
    await closed
    expect(lost).toEqual([])
    expect(master.controls.at(-1)).toEqual({ do: 'stop' })
  })

  test('takes no more workers than it has users', async () => {
    const { engine, join } = cluster()
    for (const id of ['a', 'b', 'c']) join(id)
    const placed = await engine.place([loadPlan(users(2, SECOND)), plan], never)
    expect(placed.map(({ generators }) => generators)).toEqual([2, 3])
  })

  test('hears why a worker let go, and nothing of one that was given up', async () => {
    const { master, engine, join } = cluster({ minWorkers: 3 })
    const [a, b, c] = [join('a'), join('b'), join('c')]
    const [placed] = await engine.place([plan], never)
    const { reports, lost, listener } = told()
    const team = engine.team(placed!, listener)
    await settled()
    const { load } = a.heard[0] as { load: string }
    master.report(a, { kind: 'declined', load, reason: 'target x:80 is not on its list' })
    master.report(b, { kind: 'gone', load, reason: 'was ended by SIGKILL' })
    team.drop(2)
    expect(c.heard.at(-1)).toEqual({ kind: 'end', load })
    master.report(c, { kind: 'report', load, report: { kind: 'ready', index: 2 } })
    expect(lost).toEqual([
      '0 declined the load: target x:80 is not on its list',
      '1 let go of the load: was ended by SIGKILL',
    ])
    expect(reports).toEqual([])
    await team.close()
  })

  test('loses a worker that comes back as another one', async () => {
    const { master, engine, join } = cluster()
    const before = join('a')
    const [placed] = await engine.place([plan], never)
    const { lost, listener } = told()
    const team = engine.team(placed!, listener)
    await settled()
    master.workers.splice(master.workers.indexOf(before), 1)
    join('a')
    master.tell()
    expect(lost).toEqual(['0 let go of the load and came back'])
    await team.close()
  })

  test('is ended by a person on the web page', async () => {
    const { master, engine, join } = cluster()
    const a = join('a')
    const [placed] = await engine.place([plan], never)
    const { lost, stopped, listener } = told()
    const team = engine.team(placed!, listener)
    await settled()
    const { load } = a.heard[0] as { load: string }
    master.report(a, { kind: 'gone', load, reason: 'Locust was told to stop' })
    expect(stopped).toEqual(["somebody stopped the test on Locust's web page"])
    expect(lost).toEqual([])
    await team.close()
  })
})

describe('waiting for a cluster', () => {
  test('does not count a worker that does not answer, though Locust takes it for ready', async () => {
    const { engine, join } = cluster()
    join('cut off').isThere = false
    join('b')
    const [placed] = await engine.place([plan], never)
    expect(placed!.generators).toBe(1)
    const { names, listener } = told()
    const team = engine.team(placed!, listener)
    expect(names).toEqual(['host-b'])
    await settled()
    await team.close()
  })

  test('says how many workers are there and how to start more, and ends with that', async () => {
    const { master, engine, notes, clock, join } = cluster({ minWorkers: 2, waitForUs: 2.4 * SECOND })
    const a = join('a')
    const placed = engine.place([plan], never).catch(String)
    await settled()
    clock.us += 1.5 * SECOND
    await expect.poll(() => notes).toHaveLength(1)
    expect(notes.at(-1)).toMatch(/^waiting for workers: 1 of 2 are there; start them with: npx vitest-perf worker/)
    await expect.poll(() => a.probes).toBe(2)
    clock.us += SECOND
    master.tell()
    expect(await placed).toContain(
      '1 of 2 workers were there within 2.4 s\n  hint: start workers with: npx vitest-perf worker --master load-master:5557',
    )
  })

  test('ends where no master answers', async () => {
    const { master, engine, clock } = cluster()
    master.answers = false
    const placed = engine.place([plan], never).catch(String)
    await settled()
    clock.us += 11 * SECOND
    expect(await placed).toMatch(
      /no Locust master with the locustfile of vitest-perf at tcp:\/\/load-master:5557\n {2}hint: start it with: locust --master -f/,
    )
  })

  test('ends when the load is given up meanwhile', async () => {
    const { engine } = cluster()
    const controller = new AbortController()
    const placed = engine.place([plan], controller.signal)
    controller.abort('cancelled')
    await expect(placed).rejects.toBe('cancelled')
  })

  test('leaves out a worker with another version, and says so once', async () => {
    const { master, engine, notes, join } = cluster()
    join('old', { version: '0.9.0' })
    join('new')
    const [placed] = await engine.place([plan], never)
    master.tell()
    expect(placed!.generators).toBe(1)
    expect(notes).toEqual([
      'the worker on host-old has vitest-perf 0.9.0, this is 1.0.0: it takes no load until both are the same',
    ])
  })
})
