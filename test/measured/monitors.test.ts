import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { ResourceSample } from '../../src/domain/resource.ts'
import { resourceStatistics } from '../../src/measure/resource-statistics.ts'
import { SampleSum } from '../../src/measure/sample-sum.ts'
import { gpuMonitors } from '../../src/monitor/gpu-monitor.ts'
import { GpuProbe } from '../../src/monitor/gpu-probe.ts'
import { HostMonitor } from '../../src/monitor/host-monitor.ts'
import { MonitorRun } from '../../src/monitor/monitor-run.ts'
import { ProcessMonitor } from '../../src/monitor/process-monitor.ts'
import { nowUs } from '../support/generator-fork.ts'
import { HAS_COMPILER, NvmlStub } from '../support/nvml-stub.ts'

/**
 * Holds 500 MB, works half of the time of a core by its own CPU clock, as far as the machine lets it, and answers each line
 * with what it has used so far, in microseconds.
 */
const CHILD = `
  const held = Buffer.alloc(500e6, 1)
  const cpuUs = () => { const { user, system } = process.cpuUsage(); return user + system }
  const start = { us: cpuUs(), ms: performance.now() }
  setInterval(() => {
    const dueUs = (performance.now() - start.ms) * 500 + start.us
    const most = performance.now() + 50
    while (cpuUs() < dueUs && performance.now() < most);
  }, 20)
  process.stdin.on('data', () => console.log(cpuUs()))
  process.stdin.on('end', () => process.exit(0))
  console.log(held.length)
`

test.runIf(process.platform === 'linux')(
  'a child of a child that holds 500 MB and burns half a core is found so',
  async () => {
    // The shell is what is watched; what works is its child.
    const shell = spawn('sh', ['-c', '"$0" -e "$CHILD"; true', process.execPath], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, CHILD },
    })
    onTestFinished(() => void shell.stdin.end())
    const lines = createInterface({ input: shell.stdout })
    const answer = async (): Promise<number> => Number((await once(lines, 'line'))[0])
    await answer()
    const usedUs = async (): Promise<number> => {
      shell.stdin.write('\n')
      return answer()
    }
    const monitor = new ProcessMonitor({ name: 'child', by: 'pid', pid: shell.pid! })
    const run = new MonitorRun([monitor], 500_000, nowUs)
    await run.start()
    const [fromUs, fromUsed] = [nowUs(), await usedUs()]
    const samples: ResourceSample[] = []
    run.listen((sample) => samples.push(sample))
    while (samples.length < 8) await sleep(50)
    const planted = ((await usedUs()) - fromUsed) / (nowUs() - fromUs)
    run.stop()
    const sum = new SampleSum()
    for (const sample of samples) sum.add(sample)
    const seen = (metric: 'cpuCores' | 'rss' | 'pss'): number => resourceStatistics(sum.table(), metric, null)!.mean
    // A node without these 500 MB takes about 50 MB.
    expect(seen('rss') / 550e6).toBeGreaterThan(0.95)
    expect(seen('rss') / 550e6).toBeLessThan(1.05)
    expect(seen('pss')).toBeLessThanOrEqual(seen('rss'))
    expect(planted).toBeLessThan(0.55)
    expect(Math.abs(seen('cpuCores') / planted - 1)).toBeLessThan(0.05)
  },
)

test.runIf(HAS_COMPILER)(
  'a driver that stalls for two seconds is silent for so long, and nothing else is',
  async () => {
    const stub = new NvmlStub()
    onTestFinished(() => stub.remove())
    stub.rule()
    const probe = new GpuProbe({ entry: pathToFileURL('dist/nvml-probe.js'), library: stub.path })
    const run = new MonitorRun([new HostMonitor()], 250_000, nowUs, () =>
      gpuMonitors([{ by: 'index', index: 0 }], probe, false),
    )
    onTestFinished(() => run.stop())
    await run.start()
    const samples: ResourceSample[] = []
    const notes: string[] = []
    run.listen((sample) => samples.push(sample))
    run.onNote((note) => notes.push(note))
    const of = (name: string): ResourceSample[] => samples.filter(({ watched }) => watched === name)
    while (of('gpu 0').length < 2) await sleep(20)
    stub.rule('call nvmlDeviceGetPowerUsage 0 2000 0')
    const stalledUs = nowUs()
    await sleep(1000)
    stub.rule()
    const before = of('gpu 0').length
    while (of('gpu 0').length < before + 2) await sleep(20)
    run.stop()
    expect(notes).toEqual(['the driver takes more than a second to answer: n/a until it does'])
    const silentUs = of('gpu 0').find(({ atUs, spanUs }) => atUs - spanUs > stalledUs + 1e6)!.atUs - stalledUs
    expect(silentUs).toBeGreaterThan(1.9e6)
    expect(silentUs).toBeLessThan(3e6)
    // What was not seen is not covered by what comes next.
    expect(Math.max(...of('gpu 0').map(({ spanUs }) => spanUs))).toBeLessThan(1e6)
    const meanwhile = of('host').filter(({ atUs }) => atUs > stalledUs && atUs < stalledUs + 2e6)
    expect(meanwhile.length).toBeGreaterThanOrEqual(6)
  },
)
