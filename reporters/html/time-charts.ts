import type { LoadCourse } from '../../src/domain/load-charts.ts'
import type { LoadSummary, WatchedSummary } from '../../src/domain/perf-meta.ts'
import { type ResourceMetricId, resourceMetric, type ResourceUnit } from '../../src/domain/resource.ts'
import { type ChartSeries, type ChartSpec, withGaps } from './chart-spec.ts'

/** Single cores and what hardly ever says something stay in the tables. */
const LEFT_OUT: ReadonlySet<ResourceMetricId> = new Set<ResourceMetricId>([
  'loadAverage',
  'majorFaults',
  'processes',
  'openFiles',
  'threads',
])
/** Lines of one chart that an eye can tell apart. */
const MOST_LINES = 7

type TimeChart = Omit<ChartSpec, 'group' | 'x' | 'windows' | 'marks'>

/** What happened in a load over its time, chart by chart, all on one axis: seconds since the first window opened. */
export function timeCharts(load: LoadSummary, id: string): ChartSpec[] {
  const { course, events } = load
  if (course === null) return []
  const startUs = course.windows[0]?.startUs ?? 0
  const windows = course.windows.map(
    (window) => [(window.startUs - startUs) / 1e6, (window.endUs - startUs) / 1e6] as const,
  )
  const marks = events.map(({ name, kind, intoWindowUs }) => ({ at: intoWindowUs / 1e6, text: `${kind} ${name}` }))
  const from = course.from.map((second) => seconds(second * 1e6 - startUs))
  const place = (chart: TimeChart, values: readonly number[], apart: number): ChartSpec =>
    withGaps(
      {
        ...chart,
        id: `${id}-${chart.id}`,
        group: id,
        x: { label: 'time since the window opened', scale: 'seconds', values },
        windows,
        marks,
      },
      apart,
    )
  const charts = [
    ...courseCharts(load, course).map((chart) => place(chart, from, course.rowSeconds)),
    ...resourceCharts(load.watched).map(({ chart, atUs }) => {
      const values = atUs.map((us) => seconds(us - startUs))
      return place(chart, values, (values.at(-1)! - values[0]!) / Math.max(1, values.length - 1))
    }),
  ]
  const ends = charts.flatMap(({ x }) => [x.values[0]!, x.values.at(-1)!])
  const domain = [Math.min(...ends), Math.max(...ends)] as const
  return charts.map((chart) => ({ ...chart, x: { ...chart.x, domain } }))
}

function courseCharts(load: LoadSummary, course: LoadCourse): TimeChart[] {
  const each = course.rowSeconds === 1 ? 'in each second' : `in each ${course.rowSeconds} s`
  const most = course.rowSeconds === 1 ? '' : '; of seconds put together the highest'
  const tokens = course.outputTokens.some((value) => value !== null && value > 0)
  const waiting = course.queued.some((value) => value > 0)
  return [
    {
      id: 'latency',
      title: 'Latency over time',
      caption: `p50 and p99 of the good answers that ended ${each}, from the intended start${most}. Shaded: outside the measured window.`,
      y: { label: 'latency', unit: 'us' },
      series: [line('p50', course.latencyP50Us, 0), { ...line('p99', course.latencyP99Us, 1), band: true }],
    },
    {
      id: 'throughput',
      title: 'Throughput',
      caption: 'Requests that were due and good answers that came, per second.',
      y: { label: 'requests per second', unit: '1/s' },
      series: [line('due', course.attempted, 4, 'mean'), line('good answers', course.completed, 2, 'mean')],
    },
    ...(tokens
      ? [
          {
            id: 'tokens',
            title: 'Output tokens',
            caption: `Generated tokens of good answers at their arrival, per second${load.numbers.tokenSource === 'usage' ? '' : '; counted by us, not told by the server'}.`,
            y: { label: 'tokens per second', unit: '1/s' as const },
            series: [line('tokens', course.outputTokens, 5, 'mean')],
          },
        ]
      : []),
    {
      id: 'errors',
      title: 'Errors',
      caption: `Requests that failed, and requests that were dropped or missed, in a second${most}.`,
      y: { label: 'requests in a second', unit: 'count' },
      series: [
        { ...line('failed', course.failed, 3), shape: 'bars' },
        { ...line('dropped or missed', course.unsent, 1), shape: 'bars' },
      ],
    },
    {
      id: 'users',
      title: waiting ? 'Users and queue' : 'Users',
      caption: `Requests in flight, or users at work${waiting ? ', and arrivals that wait for a free one' : ''}${most}.`,
      y: { label: waiting ? 'users, arrivals' : 'users', unit: 'count' },
      series: [line('users', course.users, 0), ...(waiting ? [line('waiting', course.queued, 3)] : [])],
    },
  ]
}

/** What was watched, one chart for each unit. All resources of a load are sampled in one rhythm. */
function resourceCharts(watched: readonly WatchedSummary[]): { chart: TimeChart; atUs: readonly number[] }[] {
  const lines = watched.flatMap((one) =>
    one.metrics
      .filter(({ metric, max }) => !LEFT_OUT.has(metric) && max > 0)
      .map(({ metric }) => ({ one, metric, ...resourceMetric(metric) })),
  )
  const units = [...new Set(lines.map(({ unit }) => unit))]
  return units.flatMap((unit) => {
    const drawn = lines.filter((line) => line.unit === unit).slice(0, MOST_LINES)
    const atUs = longest(drawn.map(({ one }) => one.samples.atUs))
    const title = RESOURCE_TITLES[unit] ?? `In ${unit}`
    const chart: TimeChart = {
      id: `resource-${unit.replace(/\W/g, '')}`,
      title,
      caption: 'Watched beside the load, in its time.',
      y: { label: title.toLowerCase(), unit },
      series: drawn.map(({ one, metric, label }, i) => line(`${one.name} ${label}`, alignedTo(atUs, one, metric), i)),
    }
    return atUs.length === 0 ? [] : [{ chart, atUs }]
  })
}

const RESOURCE_TITLES: Readonly<Partial<Record<ResourceUnit, string>>> = {
  share: 'Share of what there is',
  cores: 'Processor cores',
  bytes: 'Memory',
  'bytes/s': 'Bytes per second',
  count: 'Counts',
  '1/s': 'Per second',
  celsius: 'Temperature',
  hertz: 'Clock',
  watts: 'Power',
}

/** The values of a resource at the times of another: each at the sample that holds the time. */
function alignedTo(atUs: readonly number[], { samples }: WatchedSummary, metric: ResourceMetricId): (number | null)[] {
  const values = samples.columns[metric]?.mean ?? []
  let next = 0
  return atUs.map((at) => {
    while (next < samples.atUs.length && samples.atUs[next]! < at) next++
    const starts = (samples.atUs[next] ?? Infinity) - (samples.spanUs[next] ?? 0)
    const value = starts <= at ? (values[next] ?? null) : null
    return value === null ? null : Number(value.toPrecision(4))
  })
}

function longest(lists: readonly (readonly number[])[]): readonly number[] {
  return lists.reduce((best, list) => (list.length > best.length ? list : best), [])
}

function line(
  label: string,
  values: readonly (number | null)[],
  colour: number,
  together: 'most' | 'mean' = 'most',
): ChartSeries {
  return { label, values, colour, together, shape: 'line' }
}

function seconds(us: number): number {
  return Number((us / 1e6).toFixed(2))
}
