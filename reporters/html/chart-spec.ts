import type { MetricUnit } from '../../src/domain/metric.ts'
import type { ResourceUnit } from '../../src/domain/resource.ts'

/** What the numbers of an axis are; the page writes them as the terminal does. */
export type ChartUnit = MetricUnit | ResourceUnit

/** One line, or the bars, of a chart. A missing value is a gap. */
export interface ChartSeries {
  readonly label: string
  readonly values: readonly (number | null)[]
  readonly shape: 'line' | 'bars' | 'points'
  /** Place in the palette. */
  readonly colour: number
  /** The area down to the series before it is filled: a band of percentiles. */
  readonly band?: boolean
  /** What stands for several rows that are put together. @default 'most' */
  readonly together?: 'most' | 'mean'
}

/** A chart as plain data: what is drawn and written is decided here, how it is painted by the script in the page. */
export interface ChartSpec {
  readonly id: string
  readonly title: string
  /** What a reader must know to read it right. */
  readonly caption: string
  /** Charts of one group have one time axis: cursor and zoom are theirs together. `null` for a chart of its own. */
  readonly group: string | null
  readonly x: {
    readonly label: string
    /** `nines`: 1 / (1 - p) on a log scale, written as percentiles. `names`: places of `names`, from 0. */
    readonly scale: 'seconds' | 'nines' | 'names' | 'level'
    readonly values: readonly number[]
    readonly names?: readonly string[]
    /** What is shown before anybody zooms. @default all values */
    readonly domain?: readonly [from: number, to: number]
    /** Unit of levels. */
    readonly unit?: ChartUnit
  }
  readonly y: { readonly label: string; readonly unit: ChartUnit; readonly log?: boolean }
  readonly series: readonly ChartSeries[]
  /** Stretches of x that were measured; what lies outside is shaded. */
  readonly windows?: readonly (readonly [from: number, to: number])[]
  /** Lines at an x with a word: events, change points. */
  readonly marks?: readonly { readonly at: number; readonly text: string }[]
  /** Further columns of the table of its data. */
  readonly columns?: readonly { readonly title: string; readonly texts: readonly string[] }[]
}

/** The chart in at most so many points: of those put together each series keeps its highest, or its mean where it says so. */
export function thinned(spec: ChartSpec, most: number): ChartSpec {
  const { values, scale } = spec.x
  if (scale !== 'seconds' || values.length <= most) return spec
  const size = Math.ceil(values.length / most)
  const join = <Value>(list: readonly Value[], one: (part: readonly Value[]) => Value): Value[] =>
    Array.from({ length: Math.ceil(list.length / size) }, (_, i) => one(list.slice(i * size, (i + 1) * size)))
  return {
    ...spec,
    x: { ...spec.x, values: join(values, ([first]) => first!) },
    series: spec.series.map((one) => ({
      ...one,
      values: join(one.values, one.together === 'mean' ? meanOf : mostOf),
    })),
  }
}

/**
 * The chart with a point that has no values wherever x goes on after more than it should: no line is drawn over what
 * nobody measured.
 * @param apart usual distance from one point to the next
 */
export function withGaps(spec: ChartSpec, apart: number): ChartSpec {
  const { values } = spec.x
  const after = new Set(values.flatMap((x, i) => (i > 0 && x - values[i - 1]! > 2.5 * apart ? [i] : [])))
  if (after.size === 0) return spec
  return {
    ...spec,
    x: { ...spec.x, values: values.flatMap((x, i) => (after.has(i) ? [values[i - 1]! + apart, x] : [x])) },
    series: spec.series.map((one) => ({
      ...one,
      values: one.values.flatMap((value, i) => (after.has(i) ? [null, value] : [value])),
    })),
  }
}

function mostOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0
    ? null
    : Number((known.reduce((sum, value) => sum + value, 0) / known.length).toPrecision(4))
}
