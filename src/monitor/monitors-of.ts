import { setTimeout as delay } from 'node:timers/promises'
import { type MonitorPlan, NVML_VARIABLE } from '../domain/monitor-plan.ts'
import { ContainerDaemon } from './container-daemon.ts'
import { ContainerMonitor } from './container-monitor.ts'
import { containerSocket } from './container-socket.ts'
import { gpuMonitors } from './gpu-monitor.ts'
import { GpuProbe } from './gpu-probe.ts'
import { HostMonitor } from './host-monitor.ts'
import { MonitorRun } from './monitor-run.ts'
import { ProcessMonitor } from './process-monitor.ts'
import { PrometheusMonitor } from './prometheus-monitor.ts'
import { SinkThread } from './sink-thread.ts'
import { StatsdMonitor } from './statsd-monitor.ts'
import { scrape } from './scrape.ts'

/** What a process held on a GPU is read with the GPU, at most this long before the process itself. */
const HELD_AT_MOST_MS = 3000

/** What a plan watches, ready to be started; `null` for nothing. */
export function monitorsOf(
  { host, processes, gpus, containers, prometheus, statsd, everyUs }: MonitorPlan,
  nowUs: () => number,
  probeEntry: URL = new URL('./nvml-probe.js', import.meta.url),
  sinkEntry: URL = new URL('./statsd-worker.js', import.meta.url),
): MonitorRun | null {
  const library = process.env[NVML_VARIABLE] ?? (process.platform === 'win32' ? 'nvml.dll' : 'libnvidia-ml.so.1')
  const probe = gpus.length === 0 ? null : new GpuProbe({ entry: probeEntry, library })
  const held = probe === null ? {} : { gpuMemory: (pids: readonly number[]) => probe.heldBy(pids, HELD_AT_MOST_MS) }
  const daemon = new ContainerDaemon(containerSocket(process.env))
  const environment = { scrape, nowUs, delay }
  const monitors = [
    ...(host ? [new HostMonitor()] : []),
    ...processes.map((target) => new ProcessMonitor(target, held)),
    ...prometheus.map((target) => new PrometheusMonitor(target, environment)),
    ...containers.map((target) => new ContainerMonitor(target, daemon)),
    ...statsd.map((target) => new StatsdMonitor(target, new SinkThread(target, sinkEntry), environment)),
  ]
  if (probe !== null) {
    return new MonitorRun(monitors, everyUs, nowUs, () => gpuMonitors(gpus, probe, processes.length > 0))
  }
  return monitors.length === 0 ? null : new MonitorRun(monitors, everyUs, nowUs)
}
