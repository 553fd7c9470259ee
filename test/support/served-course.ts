import type { LoadPlan } from '../../src/domain/load-plan.ts'
import type { LoadEvent, MeasurementData, SecondBucket } from '../../src/domain/measurement.ts'
import { measurementData, plan, series, spread, step } from './measurement-builder.ts'

/** What users saw in one second: requests scheduled in it by their fate, and answers that came in it. */
export type SecondSketch = Partial<
  Pick<SecondBucket, 'attempted' | 'good' | 'withinSlo' | 'unsent' | 'completed' | 'failed'>
>

/** A second in which all of `n` requests had good answers at once. */
export const fine = (n = 50): SecondSketch => ({ attempted: n, good: n, completed: n })
/** A second in which a part of `n` requests failed at once. */
export const failing = (n = 50, good = 0): SecondSketch => ({
  attempted: n,
  good,
  completed: good,
  failed: n - good,
})
/** A second in which nothing was scheduled and nothing came back. */
export const SILENT: SecondSketch = {}

/** So many seconds alike. */
export function times(n: number, second: SecondSketch): SecondSketch[] {
  return Array.from({ length: n }, () => second)
}

export interface ServedCourse {
  readonly seconds: readonly SecondSketch[]
  /** When the window opens, microseconds. @default 0 */
  readonly startUs?: number
  readonly events?: readonly LoadEvent[]
  readonly plan?: Partial<LoadPlan>
  readonly gaps?: MeasurementData['gaps']
}

/** A fault at so many seconds since the run's start. */
export function faultAt(atSeconds: number, changes: Partial<LoadEvent> = {}): LoadEvent {
  return { kind: 'fault', name: 'SIGKILL', atUs: atSeconds * 1e6, errorUs: 0, ...changes }
}

/** A measurement of one window with these seconds; fast answers. */
export function servedCourse({
  seconds,
  startUs = 0,
  events = [],
  gaps = [],
  ...parts
}: ServedCourse): MeasurementData {
  const whole = series({ latencies: spread(600, 4_000, 20_000), windowUs: seconds.length * 1e6 })
  return measurementData({
    plan: plan(parts.plan),
    series: whole,
    steps: [{ ...step(0, 50, whole), startUs, endUs: seconds.length * 1e6 }],
    events,
    gaps,
    buckets: seconds.map((sketch, second): SecondBucket => ({
      second,
      phase: 'measure',
      sent: sketch.attempted ?? 0,
      completed: 0,
      failed: 0,
      outputTokens: 0,
      bytesReceived: 0,
      latencyP50Us: null,
      latencyP99Us: null,
      usersActive: 0,
      queued: 0,
      attempted: 0,
      good: 0,
      withinSlo: null,
      unsent: 0,
      ...sketch,
    })),
  })
}
