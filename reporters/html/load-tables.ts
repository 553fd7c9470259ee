import { lastPart, OVERLAP, REST, stagePath } from '../../src/domain/stage-name.ts'
import { failedCount } from '../../src/domain/measurement.ts'
import type { LoadNumbers, LoadSummary, PercentileSummary } from '../../src/domain/perf-meta.ts'
import { resourceMetric } from '../../src/domain/resource.ts'
import { formatRecorded, recordedMetric } from '../../src/format/metric-text.ts'
import {
  formatCount,
  formatDuration,
  formatInterval,
  formatRate,
  formatShare,
  significant,
} from '../../src/format/quantity-text.ts'
import { formatResource } from '../../src/format/resource-text.ts'
import type { RecordedMetric } from '../../src/domain/history.ts'
import type { RecordedMetricId } from '../../src/domain/metric.ts'
import { type TableView, tableView } from './table-view.ts'

/** All figures of a load, as tables; what there is none of has no table. */
export function loadTables(load: LoadSummary): TableView[] {
  return [percentileTable(load.numbers), ...partTables(load), ...otherTables(load), ...recordedTable(load)]
}

const PERCENTILE_TITLES = ['', 'n', 'p50', 'p90', 'p95', 'p99', 'max', 'mean', 'sd']

function percentileTable({
  latency,
  serviceTime,
  ttft,
  tpot,
  interChunkLatency,
  pacerLag,
  audio,
}: LoadNumbers): TableView {
  const rows: readonly (readonly [string, PercentileSummary | null])[] = [
    ['latency', latency],
    ['service time', serviceTime],
    ['TTFT', ttft],
    ['TPOT', tpot],
    ['inter-chunk latency', interChunkLatency],
    ['time to first audio', audio?.timeToFirstAudio ?? null],
    ['pacer lag (the generator’s own)', pacerLag],
  ]
  const ratio = audio?.realTimeFactor ?? null
  return tableView('Percentiles of good answers', PERCENTILE_TITLES, [
    ...rows.flatMap(([name, summary]) =>
      // Latency always has its row, so that a load without one good answer says n/a instead of nothing.
      summary === null && name !== 'latency' ? [] : [[name, ...summaryCells(summary, formatDuration)]],
    ),
    ...(ratio === null
      ? []
      : [['real-time factor', ...summaryCells(ratio, (value) => (value === null ? 'n/a' : significant(value)))]]),
  ])
}

function summaryCells(summary: PercentileSummary | null, text: (value: number | null) => string): string[] {
  const { n = 0, p50 = null, p90 = null, p95 = null, p99 = null, max = null, mean = null, sd = null } = summary ?? {}
  return [formatCount(n), ...[p50, p90, p95, p99, max, mean, sd].map(text)]
}

const PART_TITLES = [
  '',
  'attempted',
  'good/s',
  'p50',
  'p95',
  'p99',
  'mean',
  'TTFT p95',
  'TPOT p50',
  'tokens/s',
  'errors',
]

/** Steps, named requests and classes of prompts, each with the same figures. */
function partTables({ steps, requests, promptClasses, isMix }: LoadSummary): TableView[] {
  const table = (caption: string, parts: readonly { name: string; numbers: LoadNumbers }[]): TableView[] =>
    parts.length === 0
      ? []
      : [
          tableView(
            caption,
            PART_TITLES,
            parts.map(({ name, numbers }) => [name, ...partCells(numbers)]),
          ),
        ]
  return [
    ...table(
      'Steps',
      steps.map(({ index, users, ratePerSecond, numbers, validity }) => ({
        name: `${index + 1}: ${ratePerSecond === null ? `${formatCount(users)} users` : formatRate(ratePerSecond)}${validity.state === 'valid' ? '' : ` (${validity.state})`}`,
        numbers,
      })),
    ),
    ...table(isMix ? 'Parts of the mix' : 'Requests by name', requests),
    ...table('Classes of prompts', promptClasses),
  ]
}

function partCells(numbers: LoadNumbers): string[] {
  const { outcomes, qps, latency, ttft, tpot, outputTokensPerSecond, errorRate } = numbers
  return [
    formatCount(outcomes.attempted),
    formatRate(qps),
    ...[latency?.p50, latency?.p95, latency?.p99, latency?.mean, ttft?.p95, tpot?.p50].map((us) =>
      formatDuration(us ?? null),
    ),
    formatRate(outputTokensPerSecond),
    formatShare(errorRate),
  ]
}

function otherTables({ numbers, checks, watched }: LoadSummary): TableView[] {
  const { outcomes } = numbers
  const lost = [
    ...Object.entries(outcomes.failedByKind).map(([kind, count]) => [`failed: ${kind}`, formatCount(count)]),
    ['dropped', formatCount(outcomes.dropped)],
    ['missed by the generator', formatCount(outcomes.missed)],
  ]
  const bad = failedCount(outcomes) + outcomes.dropped + outcomes.missed
  const checked = Object.entries(checks)
  return [
    tableView(
      'Outcomes',
      ['', 'requests'],
      [
        ['attempted', formatCount(outcomes.attempted)],
        ['good', formatCount(outcomes.good)],
        ...(outcomes.withinSlo === null ? [] : [['within the SLO', formatCount(outcomes.withinSlo)]]),
        ...(bad === 0 ? [] : lost),
      ],
    ),
    ...(checked.length === 0
      ? []
      : [
          tableView(
            'Checks',
            ['', 'held', 'of', 'share'],
            checked.map(([name, { passed, failed }]) => [
              name,
              formatCount(passed),
              formatCount(passed + failed),
              formatShare(passed + failed === 0 ? null : passed / (passed + failed)),
            ]),
          ),
        ]),
    ...(numbers.counters.length === 0
      ? []
      : [
          tableView(
            'Counters that answers told',
            ['', 'answers', 'share above 0', 'total', 'not told'],
            numbers.counters.map(({ name, n, share, total, missing }) => [
              name,
              formatCount(n),
              formatShare(share),
              significant(total),
              formatCount(missing),
            ]),
          ),
        ]),
    ...(watched.every(({ metrics }) => metrics.length === 0)
      ? []
      : [
          tableView(
            'Watched beside the load',
            ['', 'mean', 'p95', 'max', 'idle before'],
            watched.flatMap(({ name, metrics }) =>
              metrics.map(({ metric, mean, p95, max, idle }) => [
                `${name} ${resourceMetric(metric).label}`,
                ...[mean, p95, max, idle].map((value) => formatResource(metric, value)),
              ]),
            ),
          ),
        ]),
  ]
}

/** What history keeps, with its intervals. */
function recordedTable({ metrics }: LoadSummary): TableView[] {
  const recorded = Object.entries(metrics) as [RecordedMetricId, RecordedMetric][]
  if (recorded.length === 0) return []
  return [
    tableView(
      'What history keeps of it',
      ['', 'value', '95 % interval', 'n'],
      recorded.map(([id, { value, lower, upper, n }]) => [
        recordedMetric(id).label,
        formatRecorded(id, value),
        lower === null || upper === null ? 'n/a' : formatInterval([lower, upper], (bound) => formatRecorded(id, bound)),
        formatCount(n),
      ]),
    ),
  ]
}

/** One stage of a latency, with the length of its bar in percent. */
export interface StageView {
  readonly name: string
  readonly depth: number
  readonly inferred: boolean
  readonly cells: readonly string[]
  /** Of the time of all requests, percent; 0 where it is not known. */
  readonly width: number
}

/** The trees of stages, of the whole or of each part where the whole has several. */
export function stageTrees(load: LoadSummary): { readonly title: string; readonly stages: readonly StageView[] }[] {
  const whole = { title: '', numbers: load.numbers }
  const parts = load.requests.map(({ name, numbers }) => ({ title: name, numbers }))
  const shown = !load.isMix && load.numbers.stages.length > 0 ? [whole] : parts
  return shown.flatMap(({ title, numbers }) => {
    const stages = numbers.stages
      .filter(({ name }) => lastPart(name) !== OVERLAP)
      .map((stage): StageView => ({
        name: lastPart(stage.name) === REST ? '(rest, not measured)' : lastPart(stagePath(stage.name)),
        depth: Math.min(stage.depth, 5),
        inferred: stage.inferred,
        cells: [
          formatCount(stage.n),
          formatDuration(stage.meanUs),
          formatShare(stage.share),
          formatDuration(stage.p50),
          formatDuration(stage.p99),
        ],
        width: Math.min(100, Math.max(0, Number(((stage.share ?? 0) * 100).toFixed(2)))),
      }))
    return stages.length === 0 ? [] : [{ title, stages }]
  })
}
