import uPlot from 'uplot'
import type { ChartSeries, ChartSpec } from '../chart-spec.ts'
import type { Paint } from './palette.ts'
import { placeText, unitText } from './unit-text.ts'

const FONT = '12px system-ui, sans-serif'

/** Paints one chart into its place. */
export function drawChart(spec: ChartSpec, place: HTMLElement, paint: Paint): uPlot {
  const plot = new uPlot(
    {
      width: Math.max(200, place.clientWidth),
      height: heightOf(place),
      legend: { live: true },
      cursor: {
        ...(spec.group === null ? {} : { sync: { key: spec.group, setSeries: false } }),
        drag: { x: spec.x.scale !== 'names', y: false },
        points: { size: 7 },
      },
      scales: {
        x: xScale(spec),
        y: { range: yRange(spec), ...(spec.y.log === true ? { distr: 3 } : {}) },
      },
      axes: axesOf(spec, paint),
      series: [{ label: 'at', value: (_, x) => (x === null ? '' : placeText(spec, x)) }, ...seriesOf(spec, paint)],
      bands: spec.series.flatMap(({ band, colour }, i) =>
        band === true ? [{ series: [i + 1, i] as [number, number], fill: `${paint.colour(colour)}26` }] : [],
      ),
      hooks: { drawClear: [(u) => shade(u, spec, paint)], draw: [(u) => mark(u, spec, paint)] },
    },
    [[...spec.x.values], ...spec.series.map(({ values }) => [...values])] as uPlot.AlignedData,
    place,
  )
  return plot
}

/** Height of a chart; lower where the screen is narrow. */
export function heightOf(place: HTMLElement): number {
  return place.clientWidth < 420 ? 200 : 240
}

function xScale(spec: ChartSpec): uPlot.Scale {
  const { scale, values } = spec.x
  if (scale === 'nines') return { time: false, distr: 3, range: [1, Math.max(10, values.at(-1) ?? 10)] }
  if (scale === 'names') return { time: false, range: [-0.6, values.length - 0.4] }
  const [first, last] = [values[0] ?? 0, values.at(-1) ?? 1]
  const [from, to] = spec.x.domain ?? [first, last > first ? last : first + 1]
  // All of it is what the charts of a group have together; a part is what somebody zoomed into.
  return { time: false, range: (_, min, max) => (min <= first && max >= last ? [from, to] : [min, max]) }
}

/** From 0 up, so that a bar's length is its value; a log axis between whole powers of ten. */
function yRange({
  y,
  series,
  marks = [],
}: ChartSpec): (u: uPlot, low: number | null, high: number | null) => uPlot.Range.MinMax {
  if (y.log === true) {
    const known = series.flatMap(({ values }) => values.filter((value) => value !== null && value > 0)) as number[]
    const [low, high] = [Math.min(...known), Math.max(...known)]
    return () => (known.length === 0 ? [1, 10] : [low / 1.3, Math.max(high * 1.3, low * 2)])
  }
  return (_, __, high) => [0, high === null || high <= 0 ? 1 : high * (marks.length > 0 ? 1.25 : 1.08)]
}

function axesOf(spec: ChartSpec, paint: Paint): uPlot.Axis[] {
  const look = {
    stroke: paint.text,
    font: FONT,
    labelFont: FONT,
    labelSize: 18,
    grid: { stroke: paint.grid, width: 1 },
    ticks: { stroke: paint.grid, width: 1, size: 4 },
  }
  const { scale, names = [] } = spec.x
  const unit = scale === 'seconds' ? ' (s)' : ''
  return [
    {
      ...look,
      label: spec.x.label + unit,
      size: 34,
      ...(scale === 'names' && {
        splits: () => spec.x.values as number[],
        values: (u: uPlot, splits: number[]) => {
          // Every name where there is room, else some.
          const every = Math.max(1, Math.ceil((splits.length * 72) / u.width))
          return splits.map((at) => ((splits.length - 1 - at) % every === 0 ? short(names[at] ?? '') : ''))
        },
      }),
      ...(scale === 'nines' && {
        splits: () => ninesUpTo(spec.x.values.at(-1) ?? 10),
        filter: (_: uPlot, splits: number[]) => splits,
        values: (_: uPlot, splits: number[]) => splits.map((at) => placeText(spec, at)),
      }),
      ...(scale === 'level' && { values: (_: uPlot, splits: number[]) => splits.map((at) => placeText(spec, at)) }),
    },
    {
      ...look,
      label: spec.y.label,
      size: widthOf,
      ...(spec.y.log === true && {
        splits: (_: uPlot, __: number, low: number, high: number) => logSplits(low, high),
        filter: (_: uPlot, splits: number[]) => splits,
      }),
      values: (_, splits) => splits.map((value) => (value === null ? '' : unitText(spec.y.unit, value))),
    },
  ]
}

/** Room for the longest label; charts of one time axis stand below each other, so most have the same. */
function widthOf(u: uPlot, labels: readonly string[] | null): number {
  u.ctx.save()
  u.ctx.font = FONT
  const widths = (labels ?? []).map((label) => Math.ceil(u.ctx.measureText(label).width))
  u.ctx.restore()
  return Math.max(68, ...widths.map((width) => width + 14))
}

function ninesUpTo(most: number): number[] {
  return [1, 2, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].filter((at) => at <= most * 1.001)
}

/** 1, 2 and 5 times each power of ten, or only the powers where there are many. */
function logSplits(low: number, high: number): number[] {
  const from = Math.floor(Math.log10(low))
  const decades = Math.ceil(Math.log10(high)) - from
  const steps = decades > 3 ? [1] : [1, 2, 5]
  return Array.from({ length: decades + 1 }, (_, i) => steps.map((step) => step * 10 ** (from + i)))
    .flat()
    .filter((value) => value >= low && value <= high)
}

function short(name: string): string {
  return name.length > 10 ? `${name.slice(0, 9)}…` : name
}

function seriesOf(spec: ChartSpec, paint: Paint): uPlot.Series[] {
  const only = spec.x.values.length === 1
  return spec.series.map(({ label, shape, colour }: ChartSeries) => {
    const stroke = paint.colour(colour)
    return {
      label,
      stroke,
      width: shape === 'points' ? 0 : 2,
      spanGaps: spec.x.scale === 'nines',
      // Without a cursor there is no value to tell; with one a missing value is n/a.
      value: (u, value) => (typeof u.cursor.idx === 'number' ? unitText(spec.y.unit, value) : ''),
      points: { show: shape === 'points' || only || spec.x.scale === 'level', size: shape === 'points' ? 10 : 6 },
      ...(shape === 'bars' && {
        paths: uPlot.paths.bars!({ size: [0.7, 60] }),
        fill: `${stroke}cc`,
        points: { show: false },
      }),
      ...(shape === 'points' && { paths: () => null }),
    }
  })
}

/** What lies outside the measured windows is shaded. */
function shade(u: uPlot, { windows }: ChartSpec, paint: Paint): void {
  if (windows === undefined || windows.length === 0) return
  const { left, top, width, height } = u.bbox
  const at = (x: number): number => Math.min(left + width, Math.max(left, u.valToPos(x, 'x', true)))
  u.ctx.save()
  u.ctx.fillStyle = paint.shade
  const edges = [-Infinity, ...windows.flat(), Infinity]
  for (let i = 0; i < edges.length; i += 2) {
    const [from, to] = [
      at(Math.max(edges[i]!, u.scales['x']!.min ?? 0)),
      at(Math.min(edges[i + 1]!, u.scales['x']!.max ?? 0)),
    ]
    if (to > from) u.ctx.fillRect(from, top, to - from, height)
  }
  u.ctx.restore()
}

/** A line and a word at each event. */
function mark(u: uPlot, { marks = [] }: ChartSpec, paint: Paint): void {
  const { left, top, width, height } = u.bbox
  const ratio = devicePixelRatio
  u.ctx.save()
  u.ctx.strokeStyle = paint.text
  u.ctx.fillStyle = paint.text
  u.ctx.font = `${11 * ratio}px system-ui, sans-serif`
  u.ctx.setLineDash([4 * ratio, 3 * ratio])
  for (const [i, { at, text }] of marks.entries()) {
    const x = u.valToPos(at, 'x', true)
    if (x < left || x > left + width) continue
    u.ctx.beginPath()
    u.ctx.moveTo(x, top)
    u.ctx.lineTo(x, top + height)
    u.ctx.stroke()
    const over = x > left + width * 0.7
    u.ctx.textAlign = over ? 'right' : 'left'
    u.ctx.fillText(text.slice(0, 40), x + (over ? -4 : 4) * ratio, top + (12 + (i % 3) * 13) * ratio)
  }
  u.ctx.restore()
}
