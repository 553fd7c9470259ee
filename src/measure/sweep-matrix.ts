import { LoadError } from '../domain/load-error.ts'
import type { MeasurementData } from '../domain/measurement.ts'
import { type RecordedMetricId, REQUEST_METRICS, type RequestMetricId } from '../domain/metric.ts'
import { describe } from '../domain/quantity.ts'
import { type AxisValue, pointsOf, pointText, type SweepAxis, type SweepPoint } from '../domain/sweep.ts'
import type { Measurement } from './measurement.ts'

/** The matrix as plain data, in microseconds. */
export interface MatrixData {
  readonly schema: 'perf/matrix@1'
  readonly axes: readonly SweepAxis[]
  readonly cells: readonly {
    readonly label: string
    readonly point: SweepPoint
    readonly measurement: MeasurementData | null
    readonly why: string | null
  }[]
}

/** One combination of a sweep. */
export interface SweepCell<Point extends SweepPoint = SweepPoint> {
  /** `promptTokens=1000, users=4`: the label that history keeps it under. */
  readonly label: string
  readonly point: Point
  /** `null` when the cell failed before anything was measured. */
  readonly measurement: Measurement | null
  /** What the cell threw; `null` for nothing. */
  readonly error: unknown
}

/** A metric that a table of a sweep shows. */
export type MatrixMetric =
  | `${RequestMetricId}.p${number}`
  | Extract<
      RecordedMetricId,
      'qps' | 'outputTokensPerSecond' | 'totalTokensPerSecond' | 'goodput' | 'tokenGoodput' | 'errorRate'
    >

/** One metric of a sweep: rows for all axes but the last, columns for the last one. */
export interface MatrixTable {
  /** Values of the last axis. */
  readonly columns: readonly string[]
  readonly rows: readonly {
    /** The other axes; empty where there is one axis only. */
    readonly label: string
    /** Milliseconds, 1/s or shares; `null` where nothing was measured. */
    readonly values: readonly (number | null)[]
  }[]
}

/** What `at()` gives: a measurement where every axis is named, else the part of the matrix. */
type Selected<Point extends SweepPoint, Given> = [keyof Point] extends [keyof Given] ? Measurement : SweepMatrix<Point>

/** What `sweep()` returns: a measurement for every combination. A claim about it holds when it holds in every cell. */
export class SweepMatrix<Point extends SweepPoint = SweepPoint> {
  readonly data: MatrixData
  readonly axes: readonly SweepAxis[]
  /** In the order in which they ran: the last axis varies fastest. */
  readonly cells: readonly SweepCell<Point>[]

  constructor(axes: readonly SweepAxis[], cells: readonly SweepCell<Point>[]) {
    this.axes = axes
    this.cells = cells
    this.data = {
      schema: 'perf/matrix@1',
      axes,
      cells: cells.map(({ label, point, measurement, error }) => ({
        label,
        point,
        measurement: measurement?.data ?? null,
        why: error === null ? null : whyOf(error),
      })),
    }
  }

  /**
   * The cell at these values, or with fewer axes than the sweep has, all cells there.
   * @throws LoadError `not-measured` when there is no such cell; what the cell threw when it measured nothing
   */
  at<const Given extends Partial<Point>>(given: Given): Selected<Point, Given> {
    for (const [name, value] of Object.entries(given)) this.#requireValue(name, value)
    const cells = this.cells.filter(({ point }) => matches(point, given))
    if (this.axes.some(({ name }) => !(name in given))) {
      const axes = this.axes.map((axis) =>
        axis.name in given ? { ...axis, values: [given[axis.name] as AxisValue] } : axis,
      )
      return new SweepMatrix(axes, cells) as Selected<Point, Given>
    }
    const cell = cells[0]!
    if (cell.measurement !== null) return cell.measurement as Selected<Point, Given>
    throw cell.error
  }

  /**
   * One metric over all cells, e.g. `'latency.p99'` (milliseconds) or `'outputTokensPerSecond'`.
   * @throws LoadError `invalid-option` for a metric that is none
   */
  table(metric: MatrixMetric): MatrixTable {
    const last = this.axes.at(-1)!
    const read = reader(metric)
    const value = (point: SweepPoint): number | null => {
      const measurement = this.cells.find((cell) => matches(cell.point, point))?.measurement ?? null
      return measurement === null ? null : read(measurement)
    }
    return {
      columns: last.values.map(String),
      rows: pointsOf(this.axes.slice(0, -1)).map((row) => ({
        label: pointText(row),
        values: last.values.map((column) => value({ ...row, [last.name]: column })),
      })),
    }
  }

  /** What JSON and snapshots show. */
  toJSON(): MatrixData {
    return this.data
  }

  #requireValue(name: string, value: unknown): void {
    const axis = this.axes.find((one) => one.name === name)
    if (axis !== undefined && axis.values.includes(value as AxisValue)) return
    throw new LoadError(
      'not-measured',
      axis === undefined
        ? `at({ ${name} }): this sweep has no axis ${name}; it has ${this.axes.map((one) => one.name).join(', ')}`
        : `at({ ${name}: ${describe(value)} }): the axis has ${axis.values.map(describe).join(', ')}`,
    )
  }
}

/** An error in a line. */
export function whyOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function matches(point: SweepPoint, given: Partial<SweepPoint>): boolean {
  return Object.entries(given).every(([name, value]) => point[name] === value)
}

const RATES = ['qps', 'outputTokensPerSecond', 'totalTokensPerSecond', 'goodput', 'tokenGoodput', 'errorRate'] as const

function reader(metric: MatrixMetric): (measurement: Measurement) => number | null {
  const rate = RATES.find((name) => name === metric)
  if (rate !== undefined) return (measurement) => measurement[rate]
  const [, id, p] = /^(\w+)\.p(\d+(?:\.\d+)?)$/.exec(metric) ?? []
  if (id !== undefined && Object.hasOwn(REQUEST_METRICS, id) && Number(p) > 0 && Number(p) <= 100) {
    return (measurement) => measurement.percentile(id as RequestMetricId, Number(p))
  }
  throw new LoadError(
    'invalid-option',
    `table(metric): got ${describe(metric)}, takes a percentile such as 'latency.p99' or 'ttft.p50', or ${RATES.join(', ')}`,
  )
}
