import type { MonitorPlan } from '../domain/monitor-plan.ts'
import { HostMonitor } from './host-monitor.ts'
import { MonitorRun } from './monitor-run.ts'
import { ProcessMonitor } from './process-monitor.ts'

/** What a plan watches, ready to be started; `null` for nothing. */
export function monitorsOf({ host, processes, everyUs }: MonitorPlan, nowUs: () => number): MonitorRun | null {
  const monitors = [...(host ? [new HostMonitor()] : []), ...processes.map((target) => new ProcessMonitor(target))]
  return monitors.length === 0 ? null : new MonitorRun(monitors, everyUs, nowUs)
}
