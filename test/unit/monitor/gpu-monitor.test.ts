import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { pathToFileURL } from 'node:url'
import { buildSync } from 'esbuild'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { GpuTarget } from '../../../src/domain/monitor-plan.ts'
import type { ResourceSample } from '../../../src/domain/resource.ts'
import { gpuMonitors } from '../../../src/monitor/gpu-monitor.ts'
import { GpuProbe, type GpuProbeOptions } from '../../../src/monitor/gpu-probe.ts'
import type { Monitor } from '../../../src/monitor/monitor.ts'
import { MonitorRun } from '../../../src/monitor/monitor-run.ts'
import { ProcessMonitor } from '../../../src/monitor/process-monitor.ts'
import { FakeProc } from '../../support/fake-proc.ts'
import { nowUs } from '../../support/generator-fork.ts'
import { HAS_COMPILER, NvmlStub } from '../../support/nvml-stub.ts'

/** As `npm run build` leaves it. */
const ENTRY = pathToFileURL('dist/nvml-probe.js')
const ALL: readonly GpuTarget[] = [{ by: 'all' }]

function probeOf(library: string, parts: Partial<GpuProbeOptions> = {}): GpuProbe {
  // A busy machine is no reason to fail.
  const probe = new GpuProbe({ entry: ENTRY, library, readWithinMs: 10_000, ...parts })
  onTestFinished(() => probe.stop())
  return probe
}

/** A file system of processes whose numbers are those of the machine, or of a container. */
function procOf(space: string): FakeProc {
  const proc = new FakeProc({ 4711: { rssKiB: 1 } })
  mkdirSync(join(proc.path, 'self/ns'))
  symlinkSync(space, join(proc.path, 'self/ns/pid'))
  return proc
}
const MACHINE = 'pid:[4026531836]'

/** Samples of a run once `until` holds. */
async function samplesOf(
  run: MonitorRun,
  until: (samples: readonly ResourceSample[]) => boolean,
): Promise<ResourceSample[]> {
  const samples: ResourceSample[] = []
  const done = new Promise<void>((resolve) => {
    run.listen((sample) => {
      samples.push(sample)
      if (until(samples)) resolve()
    })
  })
  await done
  return samples
}

const namesOf = (monitors: readonly Monitor[]): string[] => monitors.map(({ watched }) => watched.name)

// Each starts a process or two, which takes its time on a busy machine.
describe.runIf(HAS_COMPILER)('GPUs', { timeout: 30_000 }, () => {
  let stub: NvmlStub
  beforeAll(() => {
    stub = new NvmlStub()
  })
  beforeEach(() => stub.rule())
  afterAll(() => stub.remove())

  test('are watched all, by number or by UUID, each once', async () => {
    stub.rule('devices 3', 'parts 1')
    const probe = probeOf(stub.path)
    const named = async (...targets: readonly GpuTarget[]): Promise<string[]> =>
      namesOf(await gpuMonitors(targets, probe, false))
    expect(await named({ by: 'all' })).toEqual(['gpu 0', 'gpu 0 mig 1', 'gpu 1', 'gpu 2'])
    expect(await named({ by: 'index', index: 0 })).toEqual(['gpu 0', 'gpu 0 mig 1'])
    expect(await named({ by: 'uuid', uuid: 'GPU-2' }, { by: 'index', index: 1 })).toEqual(['gpu 1'])
    expect(await named({ by: 'uuid', uuid: 'MIG-20000000-0000' })).toEqual(['gpu 0 mig 1'])
    expect(await named({ by: 'uuid', uuid: 'GPU-' }, { by: 'index', index: 7 })).toEqual(['gpu GPU-', 'gpu 7'])
    const [several, none] = await gpuMonitors(
      [
        { by: 'uuid', uuid: 'GPU-' },
        { by: 'index', index: 7 },
      ],
      probe,
      false,
    )
    expect(await several!.start(() => undefined)).toEqual(['the UUIDs of several GPUs begin with GPU-: n/a'])
    expect(await none!.start(() => undefined)).toEqual(['there is no GPU 7, of 3: n/a'])
  })

  test('are sampled together with what processes hold on them, and count errors from the start', async () => {
    const proc = procOf(MACHINE)
    const probe = probeOf(stub.path)
    const child = new ProcessMonitor(
      { name: 'child', by: 'pid', pid: 4711 },
      { proc: proc.path, gpuMemory: (pids) => probe.heldBy(pids, 3000) },
    )
    const run = new MonitorRun([child], 20_000, nowUs, () => gpuMonitors(ALL, probe, true, proc.path))
    await run.start()
    stub.rule('corrected 5')
    const samples = await samplesOf(run, (all) =>
      ['child', 'gpu 0', 'gpu 1'].every((name) => all.filter(({ watched }) => watched === name).length >= 3),
    )
    run.stop()
    expect(run.watched.map(({ name, notes }) => [name, notes])).toEqual([
      ['child', []],
      ['gpu 0', []],
      ['gpu 1', []],
    ])
    const last = (name: string): object => samples.findLast(({ watched }) => watched === name)!.values
    expect(last('gpu 0')).toMatchObject({ gpuBusy: 0.91, gpuMemory: 5e9, eccCorrected: 2, eccUncorrected: 0 })
    expect(last('gpu 1')).toMatchObject({ gpuBusy: 0.9, gpuMemory: 6e9 })
    // 2 GB on each of both.
    expect(last('child')).toMatchObject({ gpuMemory: 4e9 })
  })

  test('of a container tell nothing of its processes, whose numbers are others', async () => {
    const probe = probeOf(stub.path)
    const [gpu] = await gpuMonitors(ALL, probe, true, procOf('pid:[4026532000]').path)
    expect(await gpu!.start(() => undefined)).toEqual([
      'GPU memory of processes is n/a: the driver numbers them as the host does, not as this container',
    ])
    await gpu!.sample(0)
    expect(probe.heldBy([4711], 1e6)).toBeNull()
  })

  test('tell no memory of a process of which the driver does not, or that was read long ago', async () => {
    const probe = probeOf(stub.path)
    const [gpu] = await gpuMonitors(ALL, probe, true, procOf(MACHINE).path)
    await gpu!.start(() => undefined)
    await gpu!.sample(0)
    expect(probe.heldBy([4711], 1e6)).toBe(2e9)
    expect(probe.heldBy([4711, 4712], 1e6)).toBeNull()
    expect(probe.heldBy([1], 1e6)).toBe(0)
    expect(probe.heldBy([4711], -1)).toBeNull()
  })

  test('that stall for good are said to once, and stall neither other monitors nor the end', async () => {
    const probe = probeOf(stub.path, { readWithinMs: 30, stalledAfterMs: 60 })
    const clock: Monitor = {
      watched: { kind: 'host', name: 'clock', cores: null, memoryBytes: null },
      start: () => [],
      sample: () => ({ memory: performance.now() }),
      stop: () => undefined,
    }
    const run = new MonitorRun([clock], 20_000, nowUs, () => gpuMonitors(ALL, probe, false))
    await run.start()
    const notes: string[] = []
    run.onNote((note, about) => notes.push(`${about.map(({ name }) => name).join(', ')}: ${note}`))
    stub.rule('call nvmlDeviceGetPowerUsage * 3600000 0')
    const samples = await samplesOf(run, (all) => all.filter(({ watched }) => watched === 'clock').length >= 12)
    run.stop()
    expect(notes).toEqual(['gpu 0, gpu 1: the driver takes more than a second to answer: n/a until it does'])
    expect(samples.filter(({ watched }) => watched === 'gpu 0').length).toBeLessThanOrEqual(1)
    expect(run.watched.find(({ name }) => name === 'gpu 0')!.notes).toHaveLength(1)
  })

  test('that were lost are n/a from then on, the others go on', async () => {
    const probe = probeOf(stub.path)
    const run = new MonitorRun([], 20_000, nowUs, () => gpuMonitors(ALL, probe, false))
    await run.start()
    const notes: string[] = []
    run.onNote((note, about) => notes.push(`${about.map(({ name }) => name).join(', ')}: ${note}`))
    stub.rule('call nvmlDeviceGetPowerUsage 0 0 15')
    await samplesOf(run, (all) => all.filter(({ watched }) => watched === 'gpu 1').length >= 5)
    run.stop()
    expect(notes).toEqual(['gpu 0: the driver lost it: GPU is lost: n/a from then on'])
  })

  test.each([
    ['does not answer', 'call nvmlInit_v2 * 3600000 0', { openWithinMs: 300 }, 'it did not answer within 0.3 s'],
    ['does not let us in', 'call nvmlInit_v2 * 0 9', {}, 'Driver Not Loaded'],
  ])('of a driver that %s are n/a', async (_, rule, parts, reason) => {
    stub.rule(rule)
    const monitors = await gpuMonitors([{ by: 'index', index: 0 }], probeOf(stub.path, parts), false)
    expect(namesOf(monitors)).toEqual(['gpu 0'])
    expect(await monitors[0]!.start(() => undefined)).toEqual([`no NVIDIA driver answers: ${reason}: n/a`])
  })

  test('of a library that brings its process down are n/a from then on', async () => {
    const probe = probeOf(stub.path)
    const [gpu] = await gpuMonitors([{ by: 'index', index: 0 }], probe, false)
    const said: string[] = []
    await gpu!.start((note) => said.push(note))
    expect(await gpu!.sample(0)).toMatchObject({ gpuPower: 312.5 })
    stub.rule('crash 1')
    expect(await gpu!.sample(0)).toBeNull()
    expect(await gpu!.sample(0)).toBeNull()
    expect(said).toEqual(['the driver lost it: the process that asks the driver ended (SIGABRT): n/a from then on'])
  })

  test('keep a process that watches them from ending in no way', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'perf-probe-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const outfile = join(folder, 'watch.mjs')
    const source = `
      import { GpuProbe } from './src/monitor/gpu-probe.ts'
      const [how, entry, library] = process.argv.slice(2)
      const probe = new GpuProbe({ entry: new URL(entry), library, readWithinMs: 20 })
      await probe.open()
      probe.watch(0)
      await probe.read()
      process.send(await probe.read())
      if (how === 'exit') process.exit()
      process.disconnect()
    `
    buildSync({
      stdin: { contents: source, resolveDir: process.cwd(), loader: 'ts' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      outfile,
    })
    stub.rule('call nvmlDeviceGetPowerUsage * 3600000 0')
    for (const how of ['exit', 'end']) {
      const watcher = fork(outfile, [how, ENTRY.href, stub.path], { execArgv: [] })
      const [[answer], [code]] = await Promise.all([once(watcher, 'message'), once(watcher, 'exit')])
      expect([answer, code]).toEqual([null, 0])
    }
  })
})

test('GPUs of a machine without a driver are n/a, with one line', async () => {
  const monitors = await gpuMonitors(ALL, probeOf('libno-such-driver.so.1'), true)
  expect(namesOf(monitors)).toEqual(['gpu'])
  const notes = await monitors[0]!.start(() => undefined)
  expect(notes).toHaveLength(1)
  expect(notes[0]).toMatch(/^no NVIDIA driver answers: .*: n\/a$/)
  expect(await monitors[0]!.sample(0)).toBeNull()
})
