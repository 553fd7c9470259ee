import type { LoadSummary, WatchedSummary } from '../../src/domain/perf-meta.ts'
import { type ResourceMetricId, resourceMetric } from '../../src/domain/resource.ts'
import { displayWidth, wrap, wrapParts } from '../../src/format/display-width.ts'
import { formatBytes, formatDuration, NOT_AVAILABLE } from '../../src/format/quantity-text.ts'
import { formatResource } from '../../src/format/resource-text.ts'
import { type Column, renderTable } from '../../src/format/table.ts'
import type { Screen } from './load-view.ts'

type WatchedMetric = WatchedSummary['metrics'][number]

/** Rows that say something only when there is some of it. */
const SHOWN_WHEN_NOT_ZERO: ReadonlySet<ResourceMetricId> = new Set([
  'cpuIowait',
  'cpuSteal',
  'swap',
  'diskRead',
  'diskWritten',
  'majorFaults',
  'processes',
  'cpuThrottled',
  'restarts',
  'oomKills',
  'throttlePowerCap',
  'throttleSoftwareThermal',
  'throttleHardwareThermal',
  'throttlePowerBrake',
  'throttleHardware',
  'throttleSyncBoost',
  'throttleClockSetting',
  'pcieReceived',
  'pcieSent',
  'eccCorrected',
  'eccUncorrected',
])

/** What was watched beside a load, in one table; the first column of each resource's first row names it. */
export function watchedLines({ watched }: LoadSummary, { columns, style }: Screen): string[] {
  if (watched.length === 0) return []
  const rows = watched.flatMap((one) => one.metrics.filter(isShown).map((metric) => ({ one, metric })))
  const table = renderTable(
    columnsOf(watched),
    rows.map(({ one, metric }) => [rowTitle(one, metric), ...cells(metric)]),
  )
  const lines = table.every((line) => displayWidth(line) <= columns)
    ? table.map((line, i) => (i === 0 ? style.dim(line) : line))
    : rows.flatMap(({ one, metric }) =>
        wrapParts([rowTitle(one, metric), ...cells(metric).map((cell, i) => `${TITLES[i]} ${cell}`)], columns, 4),
      )
  const empty = watched.filter((one) => !rows.some((row) => row.one === one))
  return [
    ...(rows.length === 0 ? [] : lines),
    ...empty.flatMap(({ name, notes: [note = 'nothing was read of it in the window'] }) =>
      wrap(`  ${name}: ${NOT_AVAILABLE}: ${note.replace(/: n\/a.*$/, '')}`, columns, 4).map(style.dim),
    ),
  ]
}

function isShown({ metric, max }: WatchedMetric): boolean {
  // That the one container runs is seen by its other numbers.
  return metric === 'containers' ? max > 1 : max > 0 || !SHOWN_WHEN_NOT_ZERO.has(metric)
}

/** `gpu 0 memory of 80 GB`, `asr CPU of 2 cores`: what is used stands beside what there is of it. */
function rowTitle(one: WatchedSummary, { metric }: WatchedMetric): string {
  const { label } = resourceMetric(metric)
  const whole = wholeOf(one, metric)
  const short = one.kind === 'gpu' ? label.replace(/^GPU /, '') : label
  return `  ${one.name} ${short}${whole === null ? '' : ` of ${whole}`}`
}

function wholeOf({ kind, cores, memoryBytes }: WatchedSummary, metric: ResourceMetricId): string | null {
  if (metric === (kind === 'gpu' ? 'gpuMemory' : 'memory'))
    return kind === 'host' || memoryBytes === null ? null : formatBytes(memoryBytes)
  return kind === 'container' && metric === 'cpuCores' && cores !== null ? formatResource(metric, cores) : null
}

const TITLES = ['mean', 'p95', 'max', 'idle'] as const

function columnsOf(watched: readonly WatchedSummary[]): Column[] {
  const { spanUs = [] } = watched.find(({ idle }) => idle.spanUs.length > 0)?.idle ?? {}
  const idleUs = spanUs.reduce((sum, us) => sum + us, 0)
  const idle = idleUs === 0 ? 'idle' : `idle (${formatDuration(Math.round(idleUs / 1e5) * 1e5)})`
  return [
    { title: '  watched', align: 'left' },
    ...['mean', 'p95', 'max', idle].map((title): Column => ({ title, align: 'right' })),
  ]
}

function cells({ metric, mean, p95, max, idle }: WatchedMetric): string[] {
  return [mean, p95, max, idle].map((value) => formatResource(metric, value))
}
