import * as z from 'zod'

/* What Docker (API 1.25 and later) and Podman's compatible API tell of a container, as far as it is read here. */

const count = z.number().min(0).catch(0)

const inspection = z.looseObject({
  Id: z.string(),
  RestartCount: count,
  State: z.looseObject({
    Running: z.boolean(),
    OOMKilled: z.boolean().catch(false),
    StartedAt: z.string().catch(''),
  }),
  HostConfig: z
    .looseObject({ Memory: count, NanoCpus: count, CpuQuota: z.number().catch(0), CpuPeriod: count })
    .partial()
    .nullish(),
})

const statistics = z.looseObject({
  read: z.string(),
  pids_stats: z.looseObject({ current: z.number() }).partial().nullish(),
  cpu_stats: z
    .looseObject({
      cpu_usage: z.looseObject({ total_usage: z.number() }).partial(),
      online_cpus: z.number(),
      throttling_data: z.looseObject({ periods: count, throttled_periods: count }).partial(),
    })
    .partial()
    .nullish(),
  memory_stats: z
    .looseObject({
      usage: z.number(),
      limit: z.number(),
      stats: z.looseObject({ inactive_file: z.number(), total_inactive_file: z.number() }).partial().nullable(),
    })
    .partial()
    .nullish(),
  networks: z.record(z.string(), z.looseObject({ rx_bytes: count, tx_bytes: count })).nullish(),
})

const listed = z.array(z.looseObject({ Id: z.string() }))

/** Memory and cores that a container may use; `null` for all of the machine's. */
export interface ContainerLimits {
  readonly memoryBytes: number | null
  readonly cores: number | null
}

/** One container as it is set up, and how it stands. */
export interface InspectedContainer {
  readonly id: string
  readonly running: boolean
  /** Changes when it is started anew. */
  readonly startedAt: string
  /** By its restart policy. */
  readonly restartCount: number
  readonly oomKilled: boolean
  readonly limits: ContainerLimits
}

/** What a running container has used so far and holds now; `null` for what is not told. */
export interface ContainerUse {
  /** Milliseconds since 1970, by the daemon's clock. */
  readonly atMs: number
  readonly cpuNs: number | null
  readonly onlineCores: number | null
  readonly periods: number
  readonly throttledPeriods: number
  readonly memoryBytes: number | null
  /** Of the container, or of the machine that it runs on. */
  readonly memoryLimitBytes: number | null
  readonly pids: number | null
  readonly receivedBytes: number | null
  readonly sentBytes: number | null
}

/** `null` when it is no answer of `/containers/{id}/json`. */
export function inspectedContainer(text: string): InspectedContainer | null {
  const parsed = inspection.safeParse(jsonOf(text))
  if (!parsed.success) return null
  const { Id, RestartCount, State, HostConfig } = parsed.data
  const { Memory = 0, NanoCpus = 0, CpuQuota = 0, CpuPeriod = 0 } = HostConfig ?? {}
  const quota = CpuQuota > 0 ? CpuQuota / (CpuPeriod > 0 ? CpuPeriod : 100_000) : 0
  return {
    id: Id,
    running: State.Running,
    startedAt: State.StartedAt,
    restartCount: RestartCount,
    oomKilled: State.OOMKilled,
    limits: {
      memoryBytes: Memory > 0 ? Memory : null,
      cores: NanoCpus > 0 ? NanoCpus / 1e9 : quota > 0 ? quota : null,
    },
  }
}

/**
 * Memory is counted as `docker stats` does, without cached files that the kernel can drop at once.
 * @returns `null` when it is no answer of `/containers/{id}/stats`, or that of a container that does not run
 */
export function containerUse(text: string): ContainerUse | null {
  const parsed = statistics.safeParse(jsonOf(text))
  if (!parsed.success) return null
  const { read, cpu_stats: cpu, memory_stats: memory, pids_stats: pids, networks } = parsed.data
  const atMs = Date.parse(read)
  // A container that does not run was read in the year 1.
  if (!(atMs > 0)) return null
  const nets = networks ? Object.values(networks) : null
  const usage = memory?.usage ?? null
  const dropped = memory?.stats?.total_inactive_file ?? memory?.stats?.inactive_file ?? 0
  return {
    atMs,
    cpuNs: cpu?.cpu_usage?.total_usage ?? null,
    onlineCores: cpu?.online_cpus !== undefined && cpu.online_cpus > 0 ? cpu.online_cpus : null,
    periods: cpu?.throttling_data?.periods ?? 0,
    throttledPeriods: cpu?.throttling_data?.throttled_periods ?? 0,
    memoryBytes: usage === null ? null : dropped < usage ? usage - dropped : usage,
    memoryLimitBytes: memory?.limit ?? null,
    pids: pids?.current ?? null,
    receivedBytes: nets === null ? null : nets.reduce((sum, { rx_bytes }) => sum + rx_bytes, 0),
    sentBytes: nets === null ? null : nets.reduce((sum, { tx_bytes }) => sum + tx_bytes, 0),
  }
}

/** Ids of an answer of `/containers/json`; `null` when it is none. */
export function listedContainers(text: string): readonly string[] | null {
  const parsed = listed.safeParse(jsonOf(text))
  return parsed.success ? parsed.data.map(({ Id }) => Id) : null
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
