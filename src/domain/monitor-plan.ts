import type { PresetName } from './server-preset.ts'

/** A process to be watched, descendants included. */
export type ProcessTarget = {
  /** As tables and matchers name it. */
  readonly name: string
} & (
  | { readonly by: 'pid'; readonly pid: number }
  /** What the spec started: the same after a restart, under another pid. */
  | { readonly by: 'server'; readonly pid: number; readonly serverId: string }
  | { readonly by: 'name'; readonly processName: string }
  /** Who listens on this TCP port of this machine. */
  | { readonly by: 'port'; readonly port: number }
)

/** A GPU to be watched, with its parts where it is partitioned. */
export type GpuTarget =
  | { readonly by: 'all' }
  /** As the driver counts them, from 0. */
  | { readonly by: 'index'; readonly index: number }
  /** `GPU-...` or `MIG-...`, or how it begins when only one does so. */
  | { readonly by: 'uuid'; readonly uuid: string }

/** A metric that a target tells of itself. */
export interface MetricQuery {
  /** Selectors: all series that one of them matches. */
  readonly select: readonly string[]
  /** How values of several series become one. */
  readonly combine: 'sum' | 'max'
  /** One number for each value of this label; `null` for one of all. */
  readonly by: string | null
}

/** An endpoint that tells metrics in Prometheus' text or OpenMetrics. */
export interface PrometheusTarget {
  readonly name: string
  readonly url: string
  /** `null`: found out by the names of the metrics. */
  readonly preset: PresetName | null
  /** By the name that tables show. */
  readonly metrics: Readonly<Record<string, MetricQuery>>
  /** Never written to disk. */
  readonly headers: Readonly<Record<string, string>>
  /** From one scrape to the next, microseconds. */
  readonly everyUs: number
}

/** A container of Docker or Podman to be watched, or all that have a label, together. */
export type ContainerTarget = {
  /** As tables and matchers name it. */
  readonly name: string
} & (
  | { readonly by: 'name'; readonly containerName: string }
  /** `key` or `key=value`. */
  | { readonly by: 'label'; readonly label: string }
)

/** A StatsD for the target to send to. */
export interface StatsdTarget {
  readonly name: string
  readonly host: string
  readonly port: number
  /** Series that are kept. */
  readonly series: number
}

/** What is watched beside the load. */
export interface MonitorPlan {
  readonly host: boolean
  readonly processes: readonly ProcessTarget[]
  readonly gpus: readonly GpuTarget[]
  readonly prometheus: readonly PrometheusTarget[]
  readonly containers: readonly ContainerTarget[]
  readonly statsd: readonly StatsdTarget[]
  /** From one sample to the next, microseconds. */
  readonly everyUs: number
  /** How long the machine is watched before the generators are started, microseconds. */
  readonly idleUs: number
}

export const NOTHING_WATCHED: MonitorPlan = {
  host: false,
  processes: [],
  gpus: [],
  prometheus: [],
  containers: [],
  statsd: [],
  everyUs: 500_000,
  idleUs: 2e6,
}

/** Environment variable that marks what `server()` started, so that it is known after a restart. */
export const SERVER_VARIABLE = 'VITEST_PERF_SERVER'

/** Environment variable with the path of the NVML library, where it is not among the system's. */
export const NVML_VARIABLE = 'VITEST_PERF_NVML'

/** Without what may be secret: headers, and queries of addresses. */
export function withoutCredentials(plan: MonitorPlan): MonitorPlan {
  return {
    ...plan,
    prometheus: plan.prometheus.map((one) => ({ ...one, headers: {}, url: plainAddress(one.url) })),
  }
}

/** An address without its query. */
export function plainAddress(url: string): string {
  return url.replace(/[?#].*$/s, '')
}
