import { LOAD_METRICS, REQUEST_METRICS, type RequestMetricId } from '../../src/domain/metric.ts'
import type { LevelKind, TrialSummary } from '../../src/domain/capacity.ts'
import type { LoadSummary } from '../../src/domain/perf-meta.ts'
import { recordedMetric } from '../../src/format/metric-text.ts'
import {
  formatChange,
  formatCount,
  formatInterval,
  formatMetric,
  formatSpeedup,
} from '../../src/format/quantity-text.ts'
import type { ChartSpec } from './chart-spec.ts'

/** Where a load stands among its comparable runs; nothing before there are two. */
export function trendChart({ trend }: LoadSummary, id: string): ChartSpec[] {
  if (trend === null || trend.points.length < 2) return []
  const { label, unit, better } = recordedMetric(trend.metric)
  const { points, changes, creep } = trend
  const last = points.at(-1)!
  const interval = formatInterval(trend.speedupInterval, (factor) => factor.toFixed(2))
  const crept = creep === null ? '' : ` Creeping: ${formatChange(creep)} since its level was set.`
  const left =
    trend.incomparable === 0
      ? ''
      : ` ${formatCount(trend.incomparable)} runs of other environments or workloads are left out.`
  return [
    {
      id: `${id}-trend`,
      title: `Trend of ${label}`,
      caption: `${formatCount(points.reduce((sum, { runs }) => sum + runs, 0))} comparable runs, ${better} is better. Since the first: ${formatChange(last.cumulative)}, ${formatSpeedup(last.speedup)}${interval === '' ? '' : ` ${interval}`}.${crept}${left}`,
      group: null,
      x: {
        label: 'run, oldest first',
        scale: 'names',
        values: points.map((_, i) => i),
        names: points.map((point) => point.label),
      },
      y: { label, unit },
      series: [
        {
          label: 'earlier runs',
          values: points.map(({ value, current }) => (current ? null : value)),
          shape: 'bars',
          colour: 4,
        },
        {
          label: 'this run',
          values: points.map(({ value, current }) => (current ? value : null)),
          shape: 'bars',
          colour: 0,
        },
      ],
      marks: changes.map(({ index, change, better: good }) => ({
        at: index,
        text: `level ${formatChange(change)}, ${good ? 'better' : 'worse'}`,
      })),
      columns: [
        { title: 'when', texts: points.map(({ startedAt }) => startedAt) },
        { title: 'change', texts: points.map(({ change }) => formatChange(change)) },
        { title: 'since the first', texts: points.map(({ cumulative }) => formatChange(cumulative)) },
        { title: 'speed-up', texts: points.map(({ speedup }) => formatSpeedup(speedup)) },
        {
          title: 'runs',
          texts: points.map(({ runs, origin }) => `${formatCount(runs)}${origin === 'imported' ? ', imported' : ''}`),
        },
      ],
    },
  ]
}

const SPECTRA: readonly (readonly RequestMetricId[])[] = [
  ['latency', 'serviceTime'],
  ['ttft', 'tpot', 'interChunkLatency'],
  ['timeToFirstAudio'],
]

/** Percentiles up to the largest value, ever more nines to the right. */
export function spectrumCharts({ shapes }: LoadSummary, id: string): ChartSpec[] {
  return SPECTRA.flatMap((ids, place) => {
    const drawn = ids.filter((metric) => shapes[metric] !== undefined)
    if (drawn.length === 0) return []
    const axis = [
      ...new Set(
        drawn.flatMap((metric) =>
          shapes[metric]!.spectrum.map(({ p }, i, all) => nines(p, i, all.length, shapes[metric]!.n)),
        ),
      ),
    ].sort((a, b) => a - b)
    const labels = drawn.map((metric) => REQUEST_METRICS[metric].label)
    return [
      {
        id: `${id}-spectrum-${place}`,
        title: `Percentiles of ${labels.join(', ')}`,
        caption: `Of good answers, on log scales; the last point is the largest of n = ${drawn.map((metric) => formatCount(shapes[metric]!.n)).join(', ')}.`,
        group: null,
        x: { label: 'percentile', scale: 'nines' as const, values: axis },
        y: { label: 'time', unit: 'us' as const, log: true },
        series: drawn.map((metric, i) => {
          const { spectrum, n } = shapes[metric]!
          const known = new Map(spectrum.map(({ p, value }, at) => [nines(p, at, spectrum.length, n), value]))
          return {
            label: REQUEST_METRICS[metric].label,
            values: axis.map((x) => known.get(x) ?? null),
            shape: 'line' as const,
            colour: place === 0 ? i : i + 2,
          }
        }),
      },
    ]
  })
}

/** 1 / (1 - p); of the largest value among n it is n. */
function nines(p: number, i: number, length: number, n: number): number {
  return i === length - 1 ? n : Number((100 / (100 - p)).toPrecision(6))
}

const DISTRIBUTIONS: readonly RequestMetricId[] = ['ttft', 'tpot', 'timeToFirstAudio', 'realTimeFactor', 'latency']

/** How values are spread: first token and pace for models, first audio and factor for speech, else latency. */
export function histogramCharts({ shapes }: LoadSummary, id: string): ChartSpec[] {
  const present = DISTRIBUTIONS.filter((metric) => (shapes[metric]?.n ?? 0) > 1)
  const shown = present.length > 1 ? present.filter((metric) => metric !== 'latency') : present
  return shown.map((metric) => {
    const { label, unit } = REQUEST_METRICS[metric]
    const { n, bins } = shapes[metric]!
    return {
      id: `${id}-bins-${metric}`,
      title: `Distribution of ${label}`,
      caption: `n = ${formatCount(n)} good answers in bins of equal width on a log scale; each is named by its upper end.`,
      group: null,
      x: {
        label,
        scale: 'names' as const,
        values: bins.map((_, i) => i),
        names: bins.map(({ upTo }) => formatMetric(unit, upTo).replace('/token', '')),
      },
      y: { label: 'answers', unit: 'count' as const },
      series: [{ label: 'answers', values: bins.map(({ count }) => count), shape: 'bars' as const, colour: 0 }],
    }
  })
}

/** Level against latency and answers: where more load stops bringing more. */
export function capacityChart(trials: readonly TrialSummary[], by: LevelKind, title: string, id: string): ChartSpec[] {
  if (trials.length < 2) return []
  const sorted = trials.toSorted((a, b) => a.level - b.level)
  const x: ChartSpec['x'] = {
    label: by === 'rate' ? 'arrivals per second' : 'users',
    scale: 'level',
    unit: by === 'rate' ? '1/s' : 'users',
    values: sorted.map(({ level }) => level),
  }
  const columns = [{ title: 'outcome', texts: sorted.map(({ outcome, why }) => `${outcome}: ${why}`) }]
  return [
    {
      id: `${id}-curve-latency`,
      title: `${title}: latency`,
      caption: 'Each point is a trial of its own.',
      group: id,
      x,
      y: { label: 'latency', unit: 'us' },
      series: [
        { label: 'p50', values: sorted.map(({ latencyP50Us }) => latencyP50Us), shape: 'line', colour: 0 },
        { label: 'p99', values: sorted.map(({ latencyP99Us }) => latencyP99Us), shape: 'line', colour: 1, band: true },
        {
          label: 'p99 of failed trials',
          values: sorted.map(({ outcome, latencyP99Us }) => (outcome === 'failed' ? latencyP99Us : null)),
          shape: 'points',
          colour: 3,
        },
      ],
      columns,
    },
    {
      id: `${id}-curve-qps`,
      title: `${title}: good answers`,
      caption: 'Answers follow the load until the target gives out.',
      group: id,
      x,
      y: { label: LOAD_METRICS.qps.label, unit: '1/s' },
      series: [
        { label: 'good answers', values: sorted.map(({ qps }) => qps), shape: 'line', colour: 2 },
        {
          label: 'failed trials',
          values: sorted.map(({ outcome, qps }) => (outcome === 'failed' ? qps : null)),
          shape: 'points',
          colour: 3,
        },
      ],
      columns,
    },
  ]
}
