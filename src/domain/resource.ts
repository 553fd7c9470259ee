import type { TargetTotals } from './target-totals.ts'

/** What a number of a watched resource counts. */
export type ResourceUnit =
  | 'share'
  | 'cores'
  | 'bytes'
  | 'bytes/s'
  | 'count'
  | '1/s'
  | 'celsius'
  | 'hertz'
  | 'watts'
  | 'us'

/** One number of a watched resource. */
export interface ResourceMetric {
  /** As tables name it. */
  readonly label: string
  readonly unit: ResourceUnit
}

/** Names one number of a watched resource, the single cores left out. */
type TabledMetricId =
  | 'cpuShare'
  | 'busiestCore'
  | 'cpuIowait'
  | 'cpuSteal'
  | 'loadAverage'
  | 'memory'
  | 'swap'
  | 'networkReceived'
  | 'networkSent'
  | 'diskRead'
  | 'diskWritten'
  | 'temperature'
  | 'clock'
  | 'cpuCores'
  | 'rss'
  | 'pss'
  | 'threads'
  | 'openFiles'
  | 'majorFaults'
  | 'processes'
  | GpuMetricId
  | TargetNumber
  | ContainerMetricId

/** Numbers of a GPU; `gpuMemory` also of a process. */
type GpuMetricId =
  | 'gpuBusy'
  | 'gpuMemory'
  | 'gpuMemoryBusy'
  | 'gpuPower'
  | 'gpuClock'
  | 'gpuMemoryClock'
  | 'throttlePowerCap'
  | 'throttleSoftwareThermal'
  | 'throttleHardwareThermal'
  | 'throttlePowerBrake'
  | 'throttleHardware'
  | 'throttleSyncBoost'
  | 'throttleClockSetting'
  | 'pcieReceived'
  | 'pcieSent'
  | 'eccCorrected'
  | 'eccUncorrected'

/** Numbers that a target tells of itself, whatever it calls them: gauges and rates. */
export type TargetNumber =
  | 'queueLength'
  | 'requestsRunning'
  | 'kvCacheShare'
  | 'preemptions'
  | 'promptTokens'
  | 'generatedTokens'
  | 'requestsEnded'

/** What of a target is known by a name of ours: numbers, and durations that it tells as histograms. */
export type TargetMetricName = TargetNumber | 'latency' | 'ttft'

/**
 * A metric of a target under the name that the option `metrics` gives it: a value as it is, what a counter grows by in a
 * second, or a histogram, whose values are durations or something else.
 */
export type TargetMetricId = `${'value' | 'rate'}:${string}` | HistogramId
export type HistogramId = `${'durations' | 'histogram'}:${string}`
/**
 * What a histogram is kept as: how many observations a second fell into the bucket that ends here (`+Inf` for the last),
 * and the sum of all values in a second. Over any time their means give the counts of that time.
 */
export type BucketId = `bucket:${string}:${HistogramId}` | `sum:${HistogramId}`

/** Numbers of a container, beside `cpuCores`, `memory` and the network. */
type ContainerMetricId =
  | 'cpuLimitShare'
  | 'memoryLimitShare'
  | 'cpuThrottled'
  | 'pids'
  | 'containers'
  | 'restarts'
  | 'oomKills'

/** Names one number of a watched resource; `core:0` is the `cpuShare` of one core. */
export type ResourceMetricId = TabledMetricId | `core:${number}` | TargetMetricId | BucketId

const METRICS: Readonly<Record<TabledMetricId, ResourceMetric>> = {
  /** Time that its cores worked / all time of all cores; neither waiting for disks nor what a hypervisor took counts. */
  cpuShare: { label: 'CPU', unit: 'share' },
  /** The same of the core that worked most: one thread at its limit shows here. */
  busiestCore: { label: 'busiest core', unit: 'share' },
  cpuIowait: { label: 'iowait', unit: 'share' },
  /** Time that the machine wanted to work and its hypervisor ran others. */
  cpuSteal: { label: 'steal', unit: 'share' },
  /** Time that the processes' threads worked / time: 2 is two cores. */
  cpuCores: { label: 'CPU', unit: 'cores' },
  /** Cores in use / cores that it may use: its limit, or those of the machine where it has none. */
  cpuLimitShare: { label: 'CPU of limit', unit: 'share' },
  /** Periods in which it reached its limit of CPU and had to wait / all periods in which it ran. */
  cpuThrottled: { label: 'CPU throttled', unit: 'share' },
  /** Time in which at least one kernel ran / time, of the driver's last window (1/6 s to 1 s). Not how much of it worked. */
  gpuBusy: { label: 'GPU busy', unit: 'share' },
  /** Memory given to programs, without what the driver keeps for itself; of a process, on the watched GPUs. */
  gpuMemory: { label: 'GPU memory', unit: 'bytes' },
  /** Time in which device memory was read or written / time. */
  gpuMemoryBusy: { label: 'GPU memory busy', unit: 'share' },
  gpuPower: { label: 'power', unit: 'watts' },
  /** Average length of the run queue over a minute. */
  loadAverage: { label: 'load average', unit: 'count' },
  /**
   * Memory that could not be given to a new program: total less available. Of a container what it holds, without cached
   * files that the kernel can drop at once, as `docker stats` counts.
   */
  memory: { label: 'memory', unit: 'bytes' },
  /** The same / memory that it may use: its limit, or all of the machine's where it has none. */
  memoryLimitShare: { label: 'memory of limit', unit: 'share' },
  swap: { label: 'swap', unit: 'bytes' },
  /** Of all network interfaces but the loopback. */
  networkReceived: { label: 'network received', unit: 'bytes/s' },
  networkSent: { label: 'network sent', unit: 'bytes/s' },
  diskRead: { label: 'disk read', unit: 'bytes/s' },
  diskWritten: { label: 'disk written', unit: 'bytes/s' },
  /** Of the hottest sensor of a processor; of a GPU its own. */
  temperature: { label: 'temperature', unit: 'celsius' },
  /** Mean over cores. */
  clock: { label: 'clock', unit: 'hertz' },
  /** Resident memory of all; pages that they share count once for each. */
  rss: { label: 'RSS', unit: 'bytes' },
  /** Resident memory of all; a page that n processes share counts 1/n for each. */
  pss: { label: 'PSS', unit: 'bytes' },
  threads: { label: 'threads', unit: 'count' },
  openFiles: { label: 'open files', unit: 'count' },
  /** Page faults that had to read from disk. */
  majorFaults: { label: 'major faults', unit: '1/s' },
  /** How many there are, descendants included: 0 while it is not there. */
  processes: { label: 'processes', unit: 'count' },
  /** Processes and threads. */
  pids: { label: 'processes', unit: 'count' },
  /** How many run: 0 while it is not there. */
  containers: { label: 'containers', unit: 'count' },
  /** Since the watch began. */
  restarts: { label: 'restarts', unit: 'count' },
  /** What the kernel killed in it for want of memory, since the watch began. */
  oomKills: { label: 'OOM kills', unit: 'count' },
  /** Of the streaming multiprocessors. */
  gpuClock: { label: 'SM clock', unit: 'hertz' },
  gpuMemoryClock: { label: 'memory clock', unit: 'hertz' },
  /** Whether clocks were held down at the time of a sample, 0 or 1: the mean is a share of time. By the power limit. */
  throttlePowerCap: { label: 'throttled by power limit', unit: 'share' },
  /** By the driver, because it is too hot. */
  throttleSoftwareThermal: { label: 'throttled by heat', unit: 'share' },
  /** By the device itself, because it is much too hot. */
  throttleHardwareThermal: { label: 'throttled by heat (hardware)', unit: 'share' },
  /** By the power supply. */
  throttlePowerBrake: { label: 'throttled by power brake', unit: 'share' },
  /** By the device itself: heat, power brake or a current too high. */
  throttleHardware: { label: 'throttled by hardware', unit: 'share' },
  /** To keep step with the other GPUs of a group. */
  throttleSyncBoost: { label: 'throttled by sync boost', unit: 'share' },
  /** By clocks that somebody set. */
  throttleClockSetting: { label: 'held at set clocks', unit: 'share' },
  /** Over 20 ms of each few seconds. */
  pcieReceived: { label: 'PCIe received', unit: 'bytes/s' },
  pcieSent: { label: 'PCIe sent', unit: 'bytes/s' },
  /** Since the watch began. */
  eccCorrected: { label: 'ECC errors corrected', unit: 'count' },
  eccUncorrected: { label: 'ECC errors not corrected', unit: 'count' },
  /** Requests that wait to be worked on. */
  queueLength: { label: 'waiting requests', unit: 'count' },
  requestsRunning: { label: 'running requests', unit: 'count' },
  /** Of the memory for keys and values of attention. */
  kvCacheShare: { label: 'KV cache', unit: 'share' },
  /** Requests that lost their place in the KV cache and start over. */
  preemptions: { label: 'preemptions', unit: '1/s' },
  promptTokens: { label: 'prompt tokens', unit: '1/s' },
  generatedTokens: { label: 'generated tokens', unit: '1/s' },
  requestsEnded: { label: 'requests', unit: '1/s' },
}

/** In the order of tables; single cores are in no table. */
export const RESOURCE_METRICS: readonly ResourceMetricId[] = Object.keys(METRICS) as TabledMetricId[]

const NAMED_UNITS: Readonly<Record<string, ResourceUnit>> = {
  value: 'count',
  rate: '1/s',
  durations: 'us',
  histogram: 'count',
  bucket: '1/s',
  sum: '1/s',
}
const DURATION_LABELS: Readonly<Record<string, string>> = { ttft: 'TTFT' }

/** What a metric's id stands for. */
export function resourceMetric(id: ResourceMetricId): ResourceMetric {
  if (Object.hasOwn(METRICS, id)) return METRICS[id as TabledMetricId]
  const [kind, ...name] = id.split(':') as [string, ...string[]]
  const label = name.join(':')
  const unit = NAMED_UNITS[kind]
  return unit === undefined
    ? { label: `${kind} ${label}`, unit: 'share' }
    : { label: DURATION_LABELS[label] ?? label, unit }
}

const TARGET_NUMBERS: ReadonlySet<string> = new Set<TargetNumber>([
  'queueLength',
  'requestsRunning',
  'kvCacheShare',
  'preemptions',
  'promptTokens',
  'generatedTokens',
  'requestsEnded',
])

/** True for the name of a number that targets tell of themselves. */
export function isTargetNumber(name: string): name is TargetNumber {
  return TARGET_NUMBERS.has(name)
}

/** True for numbers that are kept for others to be made of, and shown nowhere. */
export function isBucket(id: ResourceMetricId): id is BucketId {
  return id.startsWith('bucket:') || id.startsWith('sum:')
}

/** Short names of what each kind of resource has under an id of its own, as matchers are named; the first one told counts. */
const SHORT_NAMES: Readonly<Record<ShortName, readonly ResourceMetricId[]>> = {
  cpu: ['cpuShare', 'cpuCores'],
  memory: ['memory', 'rss'],
}
type ShortName = 'cpu' | 'memory'

/** How options name a number of a watched resource: by its id or by a short name. */
export type ResourceMetricName = TabledMetricId | `core:${number}` | `value:${string}` | `rate:${string}` | ShortName

/** The metrics that a name may stand for, in order of preference; `null` for a name that is none. */
export function resourceMetricsNamed(name: string): readonly ResourceMetricId[] | null {
  if (Object.hasOwn(SHORT_NAMES, name)) return SHORT_NAMES[name as ShortName]
  return Object.hasOwn(METRICS, name) || /^(?:core:\d+|(?:value|rate):.+)$/.test(name)
    ? [name as ResourceMetricId]
    : null
}

/** Names that {@link resourceMetricsNamed} knows, single cores left out. */
export const RESOURCE_METRIC_NAMES: readonly string[] = [...new Set([...Object.keys(SHORT_NAMES), ...RESOURCE_METRICS])]

/** What was read at one time; what could not be read is absent, never 0. */
export type ResourceValues = Readonly<Partial<Record<ResourceMetricId, number>>>

/** What is watched. */
export interface WatchedResource {
  readonly kind: 'host' | 'process' | 'gpu' | 'container' | 'metrics'
  /** As tables and the option `of` of matchers name it: `host`, `process 4711`, `port 8000`, `gpu 0`. Unique in a load. */
  readonly name: string
  /** Cores and memory of the machine; of a GPU its own memory, of a container its limits; `null` where there are none known. */
  readonly cores: number | null
  readonly memoryBytes: number | null
  /** Which GPU it is; absent when it is none or was not found. */
  readonly gpu?: GpuIdentity
}

/** A GPU, or a part of one that is partitioned (MIG). */
export interface GpuIdentity {
  /** `NVIDIA H100 80GB HBM3`. */
  readonly model: string | null
  /** `GPU-...`, of a part `MIG-...`. */
  readonly uuid: string | null
  readonly driver: string | null
  /** It has no memory of its own: what it uses is memory of the host. */
  readonly unifiedMemory: boolean
  /** Name of the GPU that this is a part of; `null` for a whole one. */
  readonly partOf: string | null
}

/** What one resource showed over the time before `atUs`. */
export interface ResourceSample {
  /** Name of the {@link WatchedResource}. */
  readonly watched: string
  /** Microseconds since the run's start; not above 0 for what was sampled before any load. */
  readonly atUs: number
  /** Rates are over this time before `atUs`, microseconds. */
  readonly spanUs: number
  readonly values: ResourceValues
}

/** One metric over time: of samples that were taken together, their mean over time and their highest. */
export interface ResourceColumn {
  readonly mean: readonly (number | null)[]
  readonly max: readonly (number | null)[]
}

/** Samples in time order, column by column; all lists are of one length. */
export interface SampleTable {
  /** Ends of the samples, microseconds since the run's start. */
  readonly atUs: readonly number[]
  /** What each covers, microseconds. */
  readonly spanUs: readonly number[]
  readonly columns: Readonly<Partial<Record<ResourceMetricId, ResourceColumn>>>
}

/** All that was seen of one resource. */
export interface WatchedData extends WatchedResource {
  readonly samples: SampleTable
  /** Before the generators were started, while this load put nothing on the target. */
  readonly idle: SampleTable
  /** What could not be read, a sentence each. */
  readonly notes: readonly string[]
  /** Of what tells its own counters, where both ends of the load were seen. */
  readonly totals?: TargetTotals
}

export const NO_SAMPLES: SampleTable = { atUs: [], spanUs: [], columns: {} }
