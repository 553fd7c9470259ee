import type { SpecId } from './spec-id.ts'

/** A value on an axis of a sweep. */
export type AxisValue = number | string | boolean

/** One axis of a sweep. */
export interface SweepAxis {
  readonly name: string
  /** In the order given. */
  readonly values: readonly AxisValue[]
}

/** Where a cell lies: a value of each axis. */
export type SweepPoint = Readonly<Record<string, AxisValue>>

/** One combination of a sweep: its load stands under the same label among the test's loads. */
export interface SweepCellSummary {
  readonly label: string
  readonly point: SweepPoint
  /** What kept it from a measurement, or failed in it; `null` for nothing. */
  readonly why: string | null
}

/** A sweep: a load at every combination of the axes. Travels to reporters. */
export interface SweepSummary {
  readonly kind: 'sweep'
  readonly specId: SpecId
  /** Test name and label. */
  readonly title: string
  readonly axes: readonly SweepAxis[]
  /** In the order in which they run: the last axis varies fastest. */
  readonly cells: readonly SweepCellSummary[]
  /** `null` while it runs. */
  readonly end: 'done' | 'aborted' | null
}

/** `promptTokens=1000, users=4`. */
export function pointText(point: SweepPoint): string {
  return Object.entries(point)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ')
}

/** Every combination, the last axis fastest. */
export function pointsOf(axes: readonly SweepAxis[]): SweepPoint[] {
  return axes.reduce<SweepPoint[]>(
    (points, { name, values }) => points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  )
}
