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

/** What is watched beside the load. */
export interface MonitorPlan {
  readonly host: boolean
  readonly processes: readonly ProcessTarget[]
  readonly gpus: readonly GpuTarget[]
  /** From one sample to the next, microseconds. */
  readonly everyUs: number
  /** How long the machine is watched before the generators are started, microseconds. */
  readonly idleUs: number
}

export const NOTHING_WATCHED: MonitorPlan = { host: false, processes: [], gpus: [], everyUs: 500_000, idleUs: 2e6 }

/** Environment variable that marks what `server()` started, so that it is known after a restart. */
export const SERVER_VARIABLE = 'VITEST_PERF_SERVER'

/** Environment variable with the path of the NVML library, where it is not among the system's. */
export const NVML_VARIABLE = 'VITEST_PERF_NVML'
