import * as z from 'zod'
import type { ContainerTarget, GpuTarget, MonitorPlan, ProcessTarget } from '../domain/monitor-plan.ts'
import type { Duration } from '../domain/quantity.ts'
import { durationBetween } from './load-schema.ts'
import { PROMETHEUS_TARGETS, type PrometheusOptions } from './prometheus-options.ts'
import { STATSD_TARGETS, type StatsdOptions } from './statsd-options.ts'

/** A process to be watched, with all of its descendants; it must run on this machine, which must be Linux. */
export type WatchedProcess =
  | number
  /** What `server()` returned; watched across its restarts. */
  | { readonly pid: number; readonly id?: string }
  | { readonly server: { readonly pid: number; readonly id?: string }; readonly as?: string }
  | { readonly pid: number; readonly as?: string }
  /** Every process whose program is called so: `ollama`. */
  | { readonly name: string; readonly as?: string }
  /** Who listens on this TCP port of this machine. */
  | { readonly port: number; readonly as?: string }

/** A GPU by its number, from 0, or by its UUID (`GPU-...`, `MIG-...`; how it begins is enough when only one does so). */
export type WatchedGpu = number | string

/** A container by its name, or all that have a label, which count together. */
export type WatchedContainer =
  | string
  | { readonly name: string; readonly as?: string }
  /** `'app=asr'` or `'app'`. */
  | { readonly label: string; readonly as?: string }

/** What is watched beside the load. Where something cannot be read it is n/a, with one line that says why; the load goes on. */
export interface MonitorOptions {
  /** The machine that the load comes from. @default false */
  readonly host?: boolean
  /** Processes with their descendants; `as` names them in tables and matchers. */
  readonly process?: WatchedProcess | readonly WatchedProcess[]
  /**
   * NVIDIA GPUs of this machine: `true` for all, a number, a UUID, or a list; a partitioned one (MIG) with its parts. Without a
   * driver they are n/a. `VITEST_PERF_NVML` names the library where it is not among the system's. @default false
   */
  readonly gpu?: boolean | WatchedGpu | readonly WatchedGpu[]
  /** What the target tells of itself: an address, how to read it, or a list of these. */
  readonly prometheus?: string | PrometheusOptions | readonly (string | PrometheusOptions)[]
  /**
   * Containers of Docker or Podman on this machine, asked every two seconds through the daemon's socket (`DOCKER_HOST`,
   * `DOCKER_SOCKET` or the usual places); `as` names them in tables and matchers.
   */
  readonly container?: WatchedContainer | readonly WatchedContainer[]
  /** A StatsD for the target to send to: `{ port: 8125 }`, or a list of these. */
  readonly statsd?: StatsdOptions | readonly StatsdOptions[]
  /** From one sample to the next, '250ms' to '2s'. @default '500ms' */
  readonly every?: Duration
  /** How long to watch before the load starts, as its idle baseline; up to '30s'. @default '2s' */
  readonly idle?: Duration
}

const TAKES = 'takes a pid, what server() returned, { name }, { port: 1 to 65535 }, or a list of these'
const name = z.string().trim().min(1)
const pid = z.int().min(1)
const port = z.int().min(1).max(65_535)

const ofPid = (id: number, as?: string): ProcessTarget => ({ name: as ?? `process ${id}`, by: 'pid', pid: id })
const server = z.looseObject({ pid, id: z.string().optional() })
const ofServer = (one: z.output<typeof server>, as?: string): ProcessTarget =>
  one.id === undefined ? ofPid(one.pid, as) : { name: as ?? 'server', by: 'server', pid: one.pid, serverId: one.id }

const watched: z.ZodType<ProcessTarget> = z.union(
  [
    pid.transform((id) => ofPid(id)),
    z
      .strictObject({ port, as: name.optional() })
      .transform((one): ProcessTarget => ({ name: one.as ?? `port ${one.port}`, by: 'port', port: one.port })),
    z.strictObject({ name, as: name.optional() }).transform((one): ProcessTarget => ({
      name: one.as ?? `process ${one.name}`,
      by: 'name',
      processName: one.name,
    })),
    z.strictObject({ server, as: name.optional() }).transform((one) => ofServer(one.server, one.as)),
    z.strictObject({ pid, as: name.optional() }).transform((one) => ofPid(one.pid, one.as)),
    server.transform((one) => ofServer(one)),
  ],
  TAKES,
)

const processes = z.union([watched.transform((one) => [one]), z.array(watched).min(1, TAKES)], TAKES)

const TAKES_CONTAINER = "takes the name of a container, { name }, { label: 'key=value' }, or a list of these"
const byName = (containerName: string, as?: string): ContainerTarget => ({
  name: as ?? `container ${containerName}`,
  by: 'name',
  containerName,
})
const container: z.ZodType<ContainerTarget> = z.union(
  [
    name.transform((one) => byName(one)),
    z.strictObject({ name, as: name.optional() }).transform((one) => byName(one.name, one.as)),
    z.strictObject({ label: name, as: name.optional() }).transform((one): ContainerTarget => ({
      name: one.as ?? `containers ${one.label}`,
      by: 'label',
      label: one.label,
    })),
  ],
  TAKES_CONTAINER,
)
const containers: z.ZodType<readonly ContainerTarget[]> = z.union(
  [container.transform((one) => [one]), z.array(container).min(1, TAKES_CONTAINER)],
  TAKES_CONTAINER,
)

const TAKES_GPU = "takes true, a number from 0, a UUID such as 'GPU-8c2e...' or 'MIG-...', or a list of these"
const gpu: z.ZodType<GpuTarget> = z.union(
  [
    z
      .int()
      .min(0)
      .transform((index): GpuTarget => ({ by: 'index', index })),
    z
      .string()
      .trim()
      .regex(/^(GPU|MIG)-[\w-]+/)
      .transform((uuid): GpuTarget => ({ by: 'uuid', uuid })),
  ],
  TAKES_GPU,
)
const gpus: z.ZodType<readonly GpuTarget[]> = z.union(
  [
    z.boolean().transform((all): GpuTarget[] => (all ? [{ by: 'all' }] : [])),
    gpu.transform((one) => [one]),
    z.array(gpu).min(1, TAKES_GPU),
  ],
  TAKES_GPU,
)

const FIELDS = {
  host: z.boolean('takes true or false').optional(),
  process: processes.optional(),
  gpu: gpus.optional(),
  prometheus: PROMETHEUS_TARGETS.optional(),
  container: containers.optional(),
  statsd: STATSD_TARGETS.optional(),
  every: durationBetween(250e3, 2e6, "'250ms' to '2s'").optional(),
  idle: durationBetween(0, 30e6, "up to '30s'").optional(),
}

/** The option `monitors` of a load or a project; what it does not name is left to the project, or to the defaults. */
export const MONITORS: z.ZodType<Partial<MonitorPlan>> = z
  .strictObject(FIELDS, `takes { ${Object.keys(FIELDS).join(', ')} }`)
  .transform(
    ({
      host,
      process,
      gpu: watchedGpus,
      container: watchedContainers,
      prometheus,
      statsd,
      every,
      idle,
    }): Partial<MonitorPlan> => ({
      ...(host === undefined ? {} : { host }),
      ...(process === undefined ? {} : { processes: process }),
      ...(watchedGpus === undefined ? {} : { gpus: watchedGpus }),
      ...(watchedContainers === undefined ? {} : { containers: watchedContainers }),
      ...(prometheus === undefined ? {} : { prometheus }),
      ...(statsd === undefined ? {} : { statsd }),
      ...(every === undefined ? {} : { everyUs: every }),
      ...(idle === undefined ? {} : { idleUs: idle }),
    }),
  )
  .superRefine(
    (
      { processes: watchedProcesses = [], containers: watchedContainers = [], prometheus = [], statsd = [] },
      context,
    ) => {
      const names = [...watchedProcesses, ...watchedContainers, ...prometheus, ...statsd].map((one) => one.name)
      const twice = names.find((one, i) => names.indexOf(one) !== i)
      if (twice !== undefined) context.addIssue(`takes different names: two are called '${twice}'; give one \`as\``)
      if (names.includes('host')) context.addIssue("takes another name than 'host', which is the machine")
      if (names.some((one) => /^gpu( \d+)?$/.test(one)))
        context.addIssue("takes another name than 'gpu' and 'gpu 0', which are GPUs")
    },
  )
